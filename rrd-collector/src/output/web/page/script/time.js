// The time that is shown: drags and pinches on charts, and the bar, which the server writes.
let dragging = null;
const fingers = new Map();
const bar = document.getElementById("bar");
// What the server wrote the bar for.
let barSearch = location.search;
// The ends of the newest live picture.
let newest;

// A part of the figure's plot with this class, for lines and marks over the picture.
function overlay(figure, name) {
  const make = () => Object.assign(document.createElement("div"), { className: name });
  return figure.querySelector(`.${name}`) ?? plotOf(figure).appendChild(make());
}

// The canvas on the screen: the picture is as wide as its plot.
function canvasOf(figure) {
  const plot = plotOf(figure).getBoundingClientRect();
  const scale = plot.width / figure.drawnWidth;
  const [x, top, width, height] = Object.values(figure.canvas).map((length) => length * scale);
  const left = plot.left + x;
  return { left, right: left + width, top, height, plot };
}

// Without a width, it is that of the style sheet.
function place(part, figure, x, width) {
  const { top, height, plot } = canvasOf(figure);
  part.style.cssText = `left:${x - plot.left}px;top:${top}px;height:${height}px;width:${width}px`;
}

// The moment at a place of the screen.
function moment(figure, x) {
  const { left, right } = canvasOf(figure);
  const [start, end] = figure.range;
  return start + Math.min(1, Math.max(0, (x - left) / (right - left))) * (end - start);
}

addEventListener("pointerdown", (event) => {
  const figure = event.target.closest(".plot")?.closest("figure");
  if (event.button || !figure?.canvas) return;
  const x = event.clientX;
  const finger = { figure, x, at: moment(figure, x) };
  if (event.pointerType === "touch") return fingers.set(event.pointerId, finger);
  dragging = finger;
  event.preventDefault();
});

addEventListener("pointermove", ({ pointerId, clientX }) => {
  const finger = fingers.get(pointerId);
  if (finger) finger.x = clientX;
  if (!dragging) return;
  const { figure, x } = dragging;
  const { left, right } = canvasOf(figure);
  const to = Math.min(right, Math.max(left, clientX));
  place(overlay(figure, "chosen"), figure, Math.min(x, to), Math.abs(x - to));
});

function lifted({ type, pointerId, clientX }) {
  const [one, other] = fingers.values();
  if (fingers.delete(pointerId) && one.figure === other?.figure) {
    // Two fingers take the moments that they were put on to where they are now.
    fingers.clear();
    const second = (other.at - one.at) / (other.x - one.x);
    const { left, right } = canvasOf(one.figure);
    const at = (x) => one.at + (x - one.x) * second;
    if (type === "pointerup" && second > 0) page.show({ start: at(left), end: at(right) });
  }
  if (!dragging) return;
  const { figure, x, at } = dragging;
  dragging = null;
  figure.querySelector(".chosen")?.remove();
  if (type !== "pointerup" || Math.abs(clientX - x) < 6) return;
  const [start, end] = [at, moment(figure, clientX)].sort((a, b) => a - b);
  page.show({ start, end });
}
addEventListener("pointerup", lifted);
addEventListener("pointercancel", lifted);

// The range on the screen, whether live or pinned.
const rangeShown = () => (page.shown.span ? newest : [page.shown.start, page.shown.end]);

// The links of the bar have keys; the script follows them in place.
const press = (key) => bar.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
addEventListener("dblclick", ({ target }) => target.closest(".plot") && press("-"));
addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (!(ctrlKey || metaKey || altKey || target.closest("input, dialog"))) press(key);
});
bar.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  page.go(new URL(link.href).searchParams);
});

// Only the browser knows its zone.
function nameZone() {
  const link = bar.querySelector("a[hidden]");
  const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
  link.href = link.href.replace("zone=UTC", `zone=${zone}`);
  link.hidden = false;
}

document.addEventListener("rrd:range", async () => {
  const { search } = location;
  if (search === barSearch) return;
  const answer = await page.get(`/bar${search}`).catch(() => null);
  if (!answer?.ok || search !== location.search) return;
  const place = [...bar.querySelectorAll("a")].indexOf(document.activeElement);
  bar.innerHTML = await answer.text();
  barSearch = search;
  nameZone();
  bar.querySelectorAll("a")[place]?.focus();
});

// A live range moves on.
document.addEventListener("rrd:drawn", ({ detail: { figure } }) => {
  if (!page.shown.span || figure.dataset.span) return;
  newest = figure.range;
  if (bar.querySelector("[open]")) return;
  const ends = figure.local.split(" ");
  bar.querySelectorAll("label input").forEach((field, index) => (field.value = ends[index]));
  const [start, end] = ends;
  bar.querySelector("b").textContent = `${start} – ${end.replace(start.slice(0, 11), "")}`.replaceAll("T", " ");
});

// Links to pages, pictures and rows have the time that is shown once somebody turns to them.
function turnTo({ target }) {
  const link = target.closest("[href^='/?'], [href='/'], [download]");
  if (!link || bar.contains(link)) return;
  const { pathname, searchParams: query } = new URL(link.href);
  for (const name of TIME) query.delete(name);
  link.href = `${pathname}?${[page.timeQuery(), query].filter(String).join("&")}`;
}
addEventListener("pointerover", turnTo);
addEventListener("focusin", turnTo);

// Zone and theme are remembered; of times in words or before now the server says what they are.
const query = addressQuery();
for (const name of ["zone", "theme"]) if (storage[name] && !inAddress(name)) query.set(name, storage[name]);
for (const name of ["start", "end"]) if (dataset[name]) query.set(name, dataset[name]);
history.replaceState(null, "", `?${query}${location.hash}`);
nameZone();
page.change();
