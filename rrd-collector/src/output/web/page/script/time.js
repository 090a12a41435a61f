// The time that is shown: a drag over a chart zooms in, keys move.
let dragging = null;

// A part of the figure's plot with this class, for lines and marks over the picture.
function overlay(figure, name) {
  const plot = plotOf(figure);
  let part = plot.querySelector(`.${name}`);
  if (!part) {
    part = document.createElement("div");
    part.className = name;
    plot.append(part);
  }
  return part;
}

// The canvas on the screen: the picture is as wide as its plot.
function canvasOf(figure) {
  const plot = plotOf(figure).getBoundingClientRect();
  const { left, top, width, height } = figure.canvas;
  const scale = plot.width / figure.drawnWidth;
  return { left: plot.left + left * scale, right: plot.left + (left + width) * scale, top: top * scale, height: height * scale };
}

function place(part, figure, x, width) {
  const { top, height } = canvasOf(figure);
  const left = x - plotOf(figure).getBoundingClientRect().left;
  part.style.cssText = `left:${left}px;top:${top}px;height:${height}px;` + (width === undefined ? "" : `width:${width}px`);
}

// The moment at a place of the screen.
function moment(figure, x) {
  const { left, right } = canvasOf(figure);
  const part = Math.min(1, Math.max(0, (x - left) / (right - left)));
  return figure.range[0] + part * (figure.range[1] - figure.range[0]);
}

for (const figure of figures) {
  const plot = plotOf(figure);
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || !figure.canvas) return;
    dragging = { figure, x: event.clientX };
    event.preventDefault();
  });
  plot.addEventListener("pointermove", (event) => {
    if (dragging?.figure !== figure) return;
    const { left, right } = canvasOf(figure);
    const x = Math.min(right, Math.max(left, event.clientX));
    place(overlay(figure, "chosen"), figure, Math.min(dragging.x, x), Math.abs(dragging.x - x));
  });
}

document.addEventListener("pointerup", (event) => {
  if (!dragging) return;
  const { figure, x } = dragging;
  dragging = null;
  figure.querySelector(".chosen")?.remove();
  if (Math.abs(event.clientX - x) < 6) return;
  const [start, end] = [moment(figure, x), moment(figure, event.clientX)].sort((a, b) => a - b);
  page.show({ start, end });
});

// The range on the screen, whether live or pinned.
function rangeShown() {
  const { start, end } = page.shown;
  return start ? [start, end] : figures.find((figure) => figure.range)?.range;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelectorAll("nav a[data-span]")[Number(event.key) - 1];
  if (link) return link.click();
  if (event.key === "Escape" && !page.shown.span) return page.show({ span: document.body.dataset.span });
  const range = rangeShown();
  if (!range) return;
  const [start, end] = range;
  const length = end - start;
  switch (event.key) {
    case "ArrowLeft": return page.show({ start: start - length / 2, end: end - length / 2 });
    case "ArrowRight": return page.show({ start: start + length / 2, end: end + length / 2 });
    case "+": return page.show({ start: start + length / 4, end: end - length / 4 });
    case "-": return page.show({ start: start - length / 2, end: end + length / 2 });
  }
});

document.querySelector("nav").addEventListener("click", (event) => {
  const span = event.target.closest("a")?.dataset.span;
  if (!span || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  page.show({ span });
});

// Links that depend on the time, and the span that is marked in the bar.
document.addEventListener("rrd:range", () => {
  for (const link of document.querySelectorAll("nav a[data-span]")) {
    if (link.dataset.span === page.shown.span) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
});
