// What the page shows, shared by all parts. A change dispatches "rrd:range"; nothing is reloaded.
const asked = new URLSearchParams(location.search);

// The time in an address: a live span, or the ends of a pinned range.
function timeIn(query) {
  const span = query.get("span");
  const [start, end] = ["start", "end"].map((name) => (query.has(name) ? Number(query.get(name)) : null));
  return start === null && end === null ? { span: span || document.body.dataset.span } : { start, end };
}

const page = {
  shown: timeIn(asked),

  timeQuery() {
    const { span, start, end } = page.shown;
    return span ? `span=${span}` : `start=${start}&end=${end}`;
  },

  // Shows another time; the address says it, so it can be shared and the way back works.
  show(shown) {
    const address = new URL(location);
    for (const name of ["span", "start", "end"]) address.searchParams.delete(name);
    if (shown.span) {
      address.searchParams.set("span", shown.span);
    } else {
      const [start, end] = [Math.round(shown.start), Math.round(shown.end)];
      if (end - start < 10) return;
      shown = { start, end };
      address.searchParams.set("start", start);
      address.searchParams.set("end", end);
    }
    history.pushState(null, "", address);
    page.change(shown);
  },

  change(shown) {
    page.shown = shown;
    document.dispatchEvent(new Event("rrd:range"));
  },

  // An answer, or an error after ten seconds without one.
  async get(address, options) {
    const answer = await fetch(address, { signal: AbortSignal.timeout(10000), ...options });
    // What a proxy says of a server that does not answer is no answer.
    if (answer.status < 500) document.dispatchEvent(new Event("rrd:reached"));
    return answer;
  },
};

addEventListener("popstate", () => page.change(timeIn(new URLSearchParams(location.search))));
