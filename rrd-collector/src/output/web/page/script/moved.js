// Compares a pinned range with the time before it.
const moved = document.getElementById("moved");
const question = moved.querySelector("a");
const movements = moved.querySelector("div");

question.addEventListener("click", async (event) => {
  event.preventDefault();
  const address = `/moved?${page.timeQuery()}`;
  movements.textContent = "Comparing…";
  try {
    const answer = await page.get(address);
    const text = await answer.text();
    if (address !== `/moved?${page.timeQuery()}`) return;
    if (answer.ok) movements.innerHTML = text;
    else movements.textContent = text;
  } catch {
    movements.textContent = "No answer.";
  }
});

document.addEventListener("rrd:range", () => {
  moved.hidden = Boolean(page.shown.span);
  movements.replaceChildren();
  question.href = `/moved?${page.timeQuery()}`;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "m" && !event.ctrlKey && !event.metaKey && !event.altKey && !moved.hidden) question.click();
});
