// Fetches each chart in the width that it has on this screen, and redraws those in sight.
const figures = [...document.querySelectorAll("figure[data-chart]")];
const inSight = new Set();

const plotOf = (figure) => figure.querySelector(".plot");

// How long a picture stays, in milliseconds: the bar knows it of each span.
function refreshTime() {
  const span = document.querySelector(`nav a[data-span="${page.shown.span}"]`);
  return span ? 1000 * span.dataset.refresh : Infinity;
}

async function draw(figure) {
  const plot = plotOf(figure);
  const width = Math.max(280, Math.round(plot.clientWidth));
  const query = page.timeQuery();
  figure.drawn = Date.now();
  figure.drawnWidth = width;
  try {
    const separator = figure.dataset.chart.includes("?") ? "&" : "?";
    const answer = await page.get(`${figure.dataset.chart}${separator}${query}&width=${width}`);
    const text = await answer.text();
    if (query !== page.timeQuery()) return;
    if (!answer.ok) {
      const note = document.createElement("p");
      note.textContent = text;
      return plot.replaceChildren(note);
    }
    plot.innerHTML = text;
    figure.range = ["x-start", "x-end"].map((name) => Number(answer.headers.get(name)));
    const [left, top, canvasWidth, height] = answer.headers.get("x-canvas").split(" ").map(Number);
    figure.canvas = { left, top, width: canvasWidth, height };
    document.dispatchEvent(new CustomEvent("rrd:drawn", { detail: { figure } }));
  } catch {
    figure.drawn = 0;
  }
}

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      inSight.add(target);
      if (!target.drawn || Date.now() - target.drawn > refreshTime()) draw(target);
    } else {
      inSight.delete(target);
    }
  }
}, { rootMargin: "400px" });
figures.forEach((figure) => watch.observe(figure));

document.addEventListener("rrd:range", () => {
  for (const figure of figures) figure.drawn = 0;
  inSight.forEach(draw);
});

setInterval(() => {
  if (document.hidden || dragging) return;
  for (const figure of inSight) if (Date.now() - figure.drawn > refreshTime()) draw(figure);
}, 1000);

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const figure of inSight) {
      if (Math.abs(plotOf(figure).clientWidth - figure.drawnWidth) > 8) draw(figure);
    }
  }, 250);
});
