// Fetches each chart in the width that it has on this screen, redraws those in view from time to time.
"use strict";

const figures = [...document.querySelectorAll("figure[data-chart]")];
const refresh = Number(document.body.dataset.refresh) * 1000;
const inSight = new Set();
let dragging = null;

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
      figure.range = [Number(answer.headers.get("x-start")), Number(answer.headers.get("x-end"))];
      // Our own tip comes at once; the browser's would come twice.
      for (const title of plot.querySelectorAll(".tips title")) {
        title.parentNode.dataset.tip = title.textContent;
        title.remove();
      }
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
      if (!target.drawn || Date.now() - target.drawn > (refresh || Infinity)) draw(target);
    } else {
      inSight.delete(target);
    }
  }
}, { rootMargin: "400px" });
figures.forEach((figure) => watch.observe(figure));

if (refresh) {
  setInterval(() => {
    if (!document.hidden && !dragging) inSight.forEach((figure) => draw(figure));
  }, refresh);
}

// Puts each part in the place of the earlier one of its name, and only where it differs: who has the focus keeps it, and who
// listens hears what is new.
function renew(place, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const parts = (root) => [...root.querySelectorAll("[data-part]")];
  const names = (root) => parts(root).map((part) => part.dataset.part).join();
  if (names(place) !== names(fresh.content)) return place.replaceChildren(fresh.content);
  const news = parts(fresh.content);
  parts(place).forEach((part, index) => {
    const { className, innerHTML } = news[index];
    if (part.className !== className) part.className = className;
    if (part.innerHTML !== innerHTML) part.innerHTML = innerHTML;
    if (news[index].href) part.href = news[index].href;
  });
}

async function now() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/now");
    if (answer.ok) renew(document.getElementById("now"), await answer.text());
    document.body.classList.remove("offline");
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

// Another time: the address changes, so it can be shared, and the way back works.
function show(start, end) {
  if (end - start < 10) return;
  const address = new URL(location);
  address.searchParams.delete("span");
  address.searchParams.set("start", Math.round(start));
  address.searchParams.set("end", Math.round(end));
  location.assign(address);
}

const tip = document.createElement("div");
tip.id = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;
document.body.append(tip);

// Where the canvas of a chart lies on the screen: the strips that tell values cover it.
function canvas(figure) {
  const strips = figure.querySelectorAll(".tips rect");
  if (!strips.length) return null;
  const first = strips[0].getBoundingClientRect();
  const last = strips[strips.length - 1].getBoundingClientRect();
  return { left: first.left, right: last.right, top: first.top, height: first.height };
}

function moment(figure, x) {
  const { left, right } = canvas(figure);
  const part = Math.min(1, Math.max(0, (x - left) / (right - left)));
  return figure.range[0] + part * (figure.range[1] - figure.range[0]);
}

function overlay(figure, name) {
  const plot = figure.querySelector(".plot");
  let part = plot.querySelector(`.${name}`);
  if (!part) {
    part = document.createElement("div");
    part.className = name;
    plot.append(part);
  }
  return part;
}

function place(part, figure, left, width) {
  const plot = figure.querySelector(".plot").getBoundingClientRect();
  const { top, height } = canvas(figure);
  part.style.cssText =
    `left:${left - plot.left}px;top:${top - plot.top}px;height:${height}px;` + (width === null ? "" : `width:${width}px`);
}

// Shows what a strip says, next to a point of the screen.
function tell(figure, strip, x, y) {
  place(overlay(figure, "cross"), figure, x, null);
  tip.textContent = strip.dataset.tip;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = x + 14 + box.width > innerWidth ? x - 14 - box.width : x + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - box.height - 4, y + 14))}px`;
}

function hush(figure) {
  tip.hidden = true;
  figure.querySelector(".cross")?.remove();
}

for (const figure of figures) {
  const plot = figure.querySelector(".plot");
  let at = null;
  plot.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const strips = plot.querySelectorAll("[data-tip]");
    if (step === undefined || !strips.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const last = strips.length - 1;
    at = Math.min(last, Math.max(0, at === null ? last : at + step));
    const { left, width, top } = strips[at].getBoundingClientRect();
    tell(figure, strips[at], left + width / 2, top);
  });
  plot.addEventListener("blur", () => {
    at = null;
    hush(figure);
  });
  plot.addEventListener("pointermove", (event) => {
    if (!figure.range || !canvas(figure)) return;
    if (dragging && dragging.figure === figure) {
      const { left, right } = canvas(figure);
      const x = Math.min(right, Math.max(left, event.clientX));
      place(overlay(figure, "chosen"), figure, Math.min(dragging.x, x), Math.abs(dragging.x - x));
    }
    const strip = event.target.closest("[data-tip]");
    if (strip) tell(figure, strip, event.clientX, event.clientY);
    else tip.hidden = true;
  });
  plot.addEventListener("pointerleave", () => hush(figure));
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || !figure.range || !canvas(figure)) return;
    dragging = { figure, x: event.clientX };
    event.preventDefault();
  });
}

document.addEventListener("pointerup", (event) => {
  if (!dragging) return;
  const { figure, x } = dragging;
  dragging = null;
  figure.querySelector(".chosen")?.remove();
  if (Math.abs(event.clientX - x) < 6) return;
  const ends = [moment(figure, x), moment(figure, event.clientX)].sort((a, b) => a - b);
  show(...ends);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelectorAll("nav a")[Number(event.key) - 1];
  if (link) return link.click();
  const start = Number(document.body.dataset.start);
  const end = Number(document.body.dataset.end);
  const length = end - start;
  switch (event.key) {
    case "ArrowLeft": return show(start - length / 2, end - length / 2);
    case "ArrowRight": return show(start + length / 2, end + length / 2);
    case "+": return show(start + length / 4, end - length / 4);
    case "-": return show(start - length / 2, end + length / 2);
    case "Escape": {
      const address = new URL(location);
      for (const part of ["start", "end"]) address.searchParams.delete(part);
      return location.assign(address);
    }
  }
});
