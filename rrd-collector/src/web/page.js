// Fetches each chart in the width that it has on this screen, draws those in sight anew from time to time.
"use strict";

const figures = [...document.querySelectorAll("figure[data-chart]")];
const refresh = Number(document.body.dataset.refresh) * 1000;
const inSight = new Set();

async function draw(figure) {
  const plot = figure.querySelector(".plot");
  const width = Math.max(280, Math.round(plot.clientWidth));
  figure.drawn = Date.now();
  figure.drawnWidth = width;
  try {
    const answer = await fetch(`${figure.dataset.chart}&width=${width}`);
    const text = await answer.text();
    if (answer.ok) {
      plot.innerHTML = text;
    } else {
      const note = document.createElement("p");
      note.textContent = text;
      plot.replaceChildren(note);
    }
  } catch {
    document.body.classList.add("offline");
  }
}

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      inSight.add(target);
      if (!target.drawn || Date.now() - target.drawn > refresh) draw(target);
    } else {
      inSight.delete(target);
    }
  }
}, { rootMargin: "400px" });
figures.forEach((figure) => watch.observe(figure));

setInterval(() => {
  if (!document.hidden) inSight.forEach((figure) => draw(figure));
}, refresh);

async function now() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/now");
    if (answer.ok) document.getElementById("now").innerHTML = await answer.text();
  } catch {
    // The next try comes soon.
  }
}
setInterval(now, 2000);

let resizing;
window.addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const figure of inSight) {
      if (Math.abs(figure.querySelector(".plot").clientWidth - figure.drawnWidth) > 8) draw(figure);
    }
  }, 250);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelectorAll("nav a")[Number(event.key) - 1];
  if (link) link.click();
});
