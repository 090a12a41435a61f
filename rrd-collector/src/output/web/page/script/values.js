// The values under the pointer: a line at the same time in each chart in sight, and a tip in the
// chart that is read. Names in a legend hide and show their series.
const tip = document.createElement("div");
tip.id = "tip";
tip.role = "status";
tip.hidden = true;
document.body.append(tip);

// The figure that is read, the place in its canvas as a share of the width, and that of the tip.
let pointed = null;

const figureOf = (target) => target.closest?.("[data-chart] div.plot")?.parentElement;

// Asks for the columns of a picture, once.
async function ask(figure) {
  const { range, address } = figure;
  if (figure.askedFor === range || !address.startsWith("/chart/")) return;
  figure.askedFor = range;
  const answer = await page.get(`${address.replace(".svg", ".json")}&start=${range[0]}&end=${range[1]}`);
  if (!answer.ok || figure.range !== range) return;
  figure.columns = await answer.json();
  if (pointed) tell();
}

function amount(value, { scales, unit }) {
  if (!value) return value === 0 ? `0 ${unit}` : "–";
  const [, divisor, scaled] = scales.find(([from]) => Math.abs(value) >= from);
  value /= divisor;
  return `${Math.abs(value) < 100 ? Number(value.toPrecision(3)) : Math.round(value)} ${scaled}`;
}

function addRow(color, ...texts) {
  const swatch = document.createElement("i");
  swatch.style.background = color && `light-dark(${color})`;
  tip.append(swatch);
  for (const text of texts) tip.appendChild(document.createElement("span")).textContent = `${text} `;
}

// The line in each chart in sight, and the tip.
function tell() {
  const { figure, share, x, y } = pointed;
  const [start, end] = figure.range;
  const at = start + share * (end - start);
  for (const other of inSight) if (other.canvas) cross(other, at);
  ask(figure).catch(() => {});
  if (!figure.columns?.times.length) return;
  const { times, series, gaps, range } = figure.columns;
  // The first column that ends at this time or later.
  let [column, last] = [0, times.length - 1];
  while (column < last) {
    const middle = (column + last) >> 1;
    if (times[middle] < at) column = middle + 1;
    else last = middle;
  }
  const ends = [times[column - 1] ?? range[0], times[column]].map((end) => end * 1000);
  const form = { dateStyle: "short", timeStyle: "medium", timeZone: page.zone };
  tip.innerHTML = "<b></b>";
  tip.firstChild.textContent = `${new Intl.DateTimeFormat("sv", form).formatRange(...ends)} ${page.zone}`;
  // Stacks from the top, as they are seen.
  const stacks = [];
  for (const one of series.filter(({ hidden }) => !hidden)) {
    if (one.stack && stacks.at(-1)?.[0].stack === one.stack) stacks.at(-1).unshift(one);
    else stacks.push([one]);
  }
  const gap = gaps.find(([from, to]) => from < at && at <= to);
  if (gap) addRow("", gap[2], "", "");
  else for (const stack of stacks) {
    for (const { color, label, min, avg, max } of stack) {
      const [low, value, high] = [min ?? avg, avg, max ?? avg].map((row) => amount(row[column], figure.columns));
      addRow(color, label, value, low === high ? "" : `${low} to ${high}`);
    }
    const known = stack.map(({ avg }) => avg[column]).filter((value) => value !== null);
    if (known.length > 1) addRow("", "total", amount(known.reduce((a, b) => a + b), figure.columns), "");
  }
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.max(4, x + 14 + width > innerWidth ? x - 14 - width : x + 14);
  tip.style.inset = `${Math.max(4, Math.min(innerHeight - height - 4, y + 14))}px auto auto ${left}px`;
}

function cross(figure, at) {
  const [start, end] = figure.range;
  const { left, right } = canvasOf(figure);
  const line = overlay(figure, "cross");
  line.hidden = at < start || at > end;
  place(line, figure, left + (at - start) / (end - start) * (right - left));
}

function hideTip() {
  pointed = null;
  tip.hidden = true;
  document.querySelectorAll(".cross").forEach((line) => line.remove());
}

// Many moves of a pointer are shown once a frame.
function readAt(figure, share, x, y) {
  cancelAnimationFrame(pointed?.frame);
  const frame = requestAnimationFrame(() => pointed && tell());
  pointed = { figure, share: Math.min(1, Math.max(0, share)), x, y, frame };
}

// A finger that has touched a canvas moves the line also beside it.
function follow({ target, type, pointerType, clientX, clientY }) {
  const figure = figureOf(target);
  if (!figure?.canvas) return hideTip();
  const { left, right, top, height } = canvasOf(figure);
  const y = clientY - plotOf(figure).getBoundingClientRect().top - top;
  const isHeld = pointerType === "touch" && type === "pointermove" && pointed;
  if (isHeld || (clientX >= left && clientX <= right && y >= 0 && y <= height)) {
    readAt(figure, (clientX - left) / (right - left), clientX, clientY);
  } else hideTip();
}
addEventListener("pointermove", follow);
addEventListener("pointerdown", follow);
addEventListener("pointerout", ({ relatedTarget, pointerType }) => relatedTarget || pointerType === "touch" || hideTip());
addEventListener("focusout", hideTip);

// Hides a series, or shows it again.
function toggle(figure, { dataset: { series } }) {
  const hide = (figure.hide ??= new Set());
  if (!hide.delete(series)) hide.add(series);
  figure.choices = `&hide=${encodeURIComponent([...hide])}`;
  figure.toggled = series;
  draw(figure);
}

addEventListener("click", ({ target }) => {
  const entry = target.closest("[data-series]");
  if (entry) toggle(figureOf(entry), entry);
});

document.addEventListener("rrd:drawn", ({ detail: { figure } }) => {
  // An image has no switches for screen readers, a group has.
  figure.querySelector("svg").role = "group";
  for (const entry of figure.querySelectorAll("[data-series]")) {
    const { series } = entry.dataset;
    const ariaChecked = !entry.classList.contains("hidden");
    Object.assign(entry, { role: "switch", tabIndex: -1, ariaLabel: series, ariaChecked });
    if (figure.toggled === series) entry.focus({ preventScroll: true });
  }
  figure.toggled = null;
  if (pointed) tell();
});

// Keys of a chart come before those of the page: from column to column, and to the legend.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 };
addEventListener("keydown", (event) => {
  const { key, target } = event;
  const figure = figureOf(target);
  if (!figure?.canvas || event.ctrlKey || event.metaKey || event.altKey) return;
  const parts = [plotOf(figure), ...figure.querySelectorAll("[data-series]")];
  const at = parts.indexOf(target);
  const next = parts[at + { ArrowDown: 1, ArrowUp: -1 }[key]];
  if (next) next.focus();
  else if (key in STEPS) {
    const { left, right, top } = canvasOf(figure);
    const column = Math.max(1 / figure.canvas.width, (figure.columns?.step ?? 0) / (figure.range[1] - figure.range[0]));
    const share = Math.min(1, Math.max(0, (pointed?.share ?? 1 + column) + STEPS[key] * column));
    readAt(figure, share, left + share * (right - left), plotOf(figure).getBoundingClientRect().top + top);
  } else if (key !== "Enter" && (key !== " " || !at)) return;
  else if (at) toggle(figure, target);
  else figure.querySelector("figcaption a").click();
  event.preventDefault();
  event.stopPropagation();
}, true);
