// One chart alone: keys lead to the chart before and after it.
document.addEventListener("keydown", ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (ctrlKey || metaKey || altKey || target.matches("input, select")) return;
  document.querySelector({ p: "a[rel=prev]", n: "a[rel=next]" }[key] ?? "#none")?.click();
});
