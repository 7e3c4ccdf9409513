// Runs inside the page. A switch counts from the click until the new session's last turn is where it belongs and its
// frame has been handed over; a frame from one animation callback to the next.
const frame = () => new Promise((done) => requestAnimationFrame(done));
const handedOver = () =>
  new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(null);
  });
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const list = () => document.querySelector("[role=log]");
const opener = (title) => [...document.querySelectorAll("#sessions button[title]")].find((each) => each.title === title);

/** The last turn is drawn, at the list's end, and the list is scrolled there. */
function atItsEnd() {
  const box = list()?.getBoundingClientRect();
  const last = [...(list()?.querySelectorAll("article") ?? [])].at(-1);
  if (box === undefined || last === undefined || getComputedStyle(last).visibility !== "visible") return false;
  const { bottom } = last.getBoundingClientRect();
  const left = list().scrollHeight - list().scrollTop - list().clientHeight;
  return bottom > box.top && bottom <= box.bottom && left < 2;
}

async function open(title) {
  const before = list()?.querySelector("article");
  const began = performance.now();
  opener(title).click();
  const there = () => document.querySelector("main h1")?.textContent === title && atItsEnd() && list().querySelector("article") !== before;
  while (!there()) {
    if (performance.now() - began > 20_000) throw new Error(`${title} never came`);
    await frame();
  }
  await frame();
  await handedOver();
  return performance.now() - began;
}

async function switches(count) {
  const titles = ["Two hundred turns, first", "Two hundred turns, second"];
  const took = [];
  for (let n = -2; n < count; n += 1) {
    const each = await open(titles[((n % 2) + 2) % 2]);
    // The first two warm the engine up.
    if (n >= 0) took.push(each);
    await rest(150);
  }
  return took;
}

async function scrolling(step) {
  await open("Ten thousand turns");
  // What follows the opening may still bring the list to its end.
  for (let tries = 0; tries < 20 && (tries === 0 || list().scrollTop > 0); tries += 1) {
    list().scrollTop = 0;
    await rest(1_000);
  }
  const frames = [];
  let last = await frame();
  while (list().scrollTop + list().clientHeight < list().scrollHeight - 1) {
    list().scrollTop += step;
    const now = await frame();
    frames.push(now - last);
    last = now;
  }
  return frames;
}
