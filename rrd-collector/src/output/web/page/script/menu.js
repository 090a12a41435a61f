// Sections: folds them, remembers which, marks those in sight, and finds what has a name.
const find = document.getElementById("find");
const sections = document.querySelectorAll(".section");
const linkTo = (section) => document.querySelector(`#menu [href="#${section.id}"]`);
// A browser may refuse to store anything.
let storage = {};
try {
  storage = localStorage;
} catch {}
const folded = new Set((storage.folded ?? "").split(" "));

// While something is looked for, sections that have it are unfolded.
function showFound() {
  const words = find.value.trim().toLowerCase();
  const has = (part) => part.textContent.toLowerCase().includes(words);
  for (const section of sections) {
    const whole = has(section.querySelector("h2"));
    let some = whole;
    for (const part of section.querySelectorAll("figure, tbody tr")) {
      part.hidden = !whole && !has(part.querySelector("figcaption, th"));
      some ||= !part.hidden;
    }
    section.hidden = linkTo(section).hidden = !some;
    section.open = words ? some : !folded.has(section.id);
  }
}
find.hidden = false;
find.addEventListener("input", showFound);
showFound();

function unfold() {
  const section = document.getElementById(location.hash.slice(1));
  if (section) section.open = true;
}
addEventListener("hashchange", unfold);
unfold();

document.addEventListener("toggle", ({ target }) => {
  if (find.value || !target.matches(".section")) return;
  folded[target.open ? "delete" : "add"](target.id);
  storage.folded = [...folded].join(" ");
}, true);

const reading = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) linkTo(target).ariaCurrent = isIntersecting || null;
}, { rootMargin: "-25% 0px -70%" });
sections.forEach((section) => reading.observe(section));

find.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key !== "Escape") return;
  find.value = "";
  find.blur();
  showFound();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input")) return;
  event.preventDefault();
  find.focus();
});
