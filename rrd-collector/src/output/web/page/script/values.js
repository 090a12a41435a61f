// The values under the pointer.
const tip = document.createElement("div");
tip.id = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;
document.body.append(tip);

// Our own tip comes at once; the browser's would come twice.
document.addEventListener("rrd:drawn", ({ detail: { figure } }) => {
  for (const title of figure.querySelectorAll(".tips title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
});

// Shows what a strip says, next to a point of the screen.
function tell(figure, strip, x, y) {
  place(overlay(figure, "cross"), figure, x);
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
  const plot = plotOf(figure);
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
    const strip = figure.canvas && event.target.closest("[data-tip]");
    if (strip) tell(figure, strip, event.clientX, event.clientY);
    else tip.hidden = true;
  });
  plot.addEventListener("pointerleave", () => hush(figure));
}
