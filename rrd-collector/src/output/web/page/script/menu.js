// Sections: remembers which are folded, and finds what has a name.
const find = document.getElementById("find");
const sections = [...document.querySelectorAll(".section")];
const linkTo = ({ id }) => document.querySelector(`#menu [href="#${id}"]`);
let folded = (storage.folded ?? "").split(" ");

// While something is looked for, the sections that have it are unfolded.
function showFound() {
  const words = find.value.trim().toLowerCase();
  const has = (part) => part.textContent.toLowerCase().includes(words);
  for (const section of sections) {
    const whole = has(section.firstElementChild);
    const parts = [...section.querySelectorAll("figure, tbody tr")];
    for (const part of parts) part.hidden = !whole && !has(part.querySelector("figcaption, th"));
    const some = whole || parts.some((part) => !part.hidden);
    section.hidden = linkTo(section).hidden = !some;
    section.open = words ? some : !folded.includes(section.id);
  }
}
find.hidden = false;
find.addEventListener("input", showFound);
showFound();

// A link leads to a section, also to one that is folded.
function unfold() {
  for (const section of sections) section.open ||= location.hash === `#${section.id}`;
}
addEventListener("hashchange", unfold);
unfold();

document.addEventListener("toggle", () => {
  // The page of one group has one section.
  if (find.value || !sections[1]) return;
  folded = sections.filter((section) => !section.open).map((section) => section.id);
  try {
    localStorage.folded = folded.join(" ");
  } catch {}
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.localName === "input") return;
  event.preventDefault();
  find.focus();
});
find.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key !== "Escape") return;
  find.value = "";
  find.blur();
  showFound();
});
