// What the page shows, shared by all parts. All of it is in the address, so it can be shared and
// the way back works. A change dispatches "rrd:range"; nothing is reloaded.
const { dataset } = document.body;
const addressQuery = () => new URLSearchParams(location.search);
const inAddress = (name) => addressQuery().get(name) ?? "";
// A browser may refuse to store anything.
let storage = {};
try {
  storage = localStorage;
} catch {}

// The time and how it is drawn.
const TIME = ["span", "start", "end", "zone", "theme", "before"];

const page = {
  // A live span, or the ends of a pinned range.
  shown: {},

  get zone() {
    return inAddress("zone") || dataset.zone;
  },

  // For addresses. The span of some pictures is their own.
  timeQuery(span) {
    const query = new URLSearchParams({ span: dataset.span });
    for (const name of TIME) if (inAddress(name)) query.set(name, inAddress(name));
    if (span) for (const [name, value] of Object.entries({ span, start: 0, end: 0 })) value ? query.set(name, value) : query.delete(name);
    return String(query);
  },

  // Shows another time.
  show({ span, start, end }) {
    if (end - start < 10) return;
    const query = addressQuery();
    for (const [name, value] of Object.entries({ start, end })) query.set(name, span ? "" : Math.round(value));
    if (span) query.set("span", span);
    page.go(query);
  },

  // Shows what an address says. Its times may be before the end of what is shown.
  go(query) {
    const now = rangeShown()?.[1] ?? Math.round(Date.now() / 1000);
    if (query.get("start") < 0) {
      query.set("start", now + Number(query.get("start")));
      query.set("end", now + Number(query.get("end") ?? 0));
    }
    for (const [name, value] of [...query]) if (!value && name !== "kiosk") query.delete(name);
    for (const name of ["zone", "theme"]) storage[name] = query.get(name) ?? "";
    history.pushState(null, "", `?${query}`);
    page.change();
  },

  change() {
    const [start, end] = [Number(inAddress("start")), Number(inAddress("end"))];
    page.shown = start ? { span: null, start, end } : { span: inAddress("span") || dataset.span };
    document.documentElement.dataset.theme = inAddress("theme");
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

addEventListener("popstate", page.change);
