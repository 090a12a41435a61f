// Draws each chart in the width that it has on this screen: when it comes in sight, and as long as
// it stays there, when the server has another column of it.
const figures = [];
const inSight = new Set();
// Milliseconds between two pictures of a chart, and without input for a minute.
const [SOONEST, SOONEST_IDLE] = [10000, 20000];
let usedAt = Date.now();

const plotOf = (figure) => figure.querySelector(".plot");
const isIdle = () => Date.now() - usedAt > 60000;
for (const kind of ["pointermove", "pointerdown", "wheel", "scroll", "keydown"]) {
  addEventListener(kind, () => (usedAt = Date.now()), { passive: true, capture: true });
}

async function draw(figure) {
  const plot = plotOf(figure);
  const width = Math.max(280, Math.round(plot.clientWidth));
  const separator = figure.dataset.chart.includes("?") ? "&" : "?";
  const address = `${figure.dataset.chart}${separator}${page.timeQuery(figure.dataset.span)}${figure.choices ?? ""}${figure.scale ?? ""}&width=${width}`;
  // The last answer is waited for, unless it would be another picture.
  if (figure.asked === address) return;
  figure.asked = address;
  try {
    const answer = await page.get(address);
    const text = await answer.text();
    if (figure.asked !== address) return;
    const number = (name) => Number(answer.headers.get(name));
    const next = answer.headers.has("x-next") ? 1000 * number("x-next") + 500 : Infinity;
    figure.due = Date.now() + (answer.ok ? next : SOONEST);
    figure.drawnAt = Date.now();
    figure.drawnWidth = width;
    if (!answer.ok) {
      const note = document.createElement("p");
      note.textContent = text;
      return plot.replaceChildren(note);
    }
    const version = `${address} ${answer.headers.get("etag")}`;
    if (version === figure.version) return;
    figure.version = version;
    figure.address = address;
    plot.innerHTML = text;
    figure.range = [number("x-start"), number("x-end")];
    figure.local = answer.headers.get("x-local");
    const [left, top, canvasWidth, height] = answer.headers.get("x-canvas").split(" ").map(Number);
    figure.canvas = { left, top, width: canvasWidth, height };
    document.dispatchEvent(new CustomEvent("rrd:drawn", { detail: { figure } }));
  } catch {
    // Again when there is an answer.
    figure.due = figure.drawnAt = Date.now();
  } finally {
    if (figure.asked === address) figure.asked = null;
  }
}

function drawDue(figure) {
  const soonest = (figure.drawnAt ?? -Infinity) + (isIdle() ? SOONEST_IDLE : SOONEST);
  if (Date.now() >= Math.max(figure.due ?? 0, soonest)) draw(figure);
}

function redraw(figure) {
  figure.due = figure.drawnAt = undefined;
  if (inSight.has(figure)) draw(figure);
}

document.addEventListener("change", ({ target }) => {
  if (target.className !== "scale") return;
  const figure = target.closest("figure");
  figure.scale = `&scale=${target.value}`;
  redraw(figure);
});

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) {
      inSight.delete(target);
    } else {
      inSight.add(target);
      drawDue(target);
    }
  }
}, { rootMargin: "200px" });

// Adopts a figure, also one that is made later.
function watchFigure(figure) {
  figures.push(figure);
  watch.observe(figure);
}
document.querySelectorAll("figure[data-chart]").forEach(watchFigure);

document.addEventListener("rrd:range", () => figures.forEach(redraw));

function drawAllDue() {
  if (document.hidden || dragging || isLost) return;
  for (const figure of inSight) {
    // What is near is drawn in advance, but not again.
    const { top, bottom } = figure.getBoundingClientRect();
    if (bottom > 0 && top < innerHeight) drawDue(figure);
  }
}
setInterval(drawAllDue, 1000);
document.addEventListener("visibilitychange", drawAllDue);

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const figure of figures) {
      if (Math.abs(plotOf(figure).clientWidth - figure.drawnWidth) > 8) redraw(figure);
    }
  }, 250);
});
