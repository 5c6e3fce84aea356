// Keeps today's board up to date: asks for the part that changes, and says so when the server cannot be reached.
// Without this script the page reloads itself.
"use strict";
(() => {
  const board = document.getElementById("board");
  const state = document.getElementById("board-state");
  const said = document.getElementById("board-said");
  const sound = document.getElementById("board-sound");
  const every = Number(board.dataset.every) * 1000;
  const LONGEST_WAIT = 10000;
  const title = document.title;

  // ---- what is new, for eyes, ears and screen readers

  const ringing = () => [...board.querySelectorAll("[data-rings]")];
  let known = new Set(ringing().map((one) => one.dataset.rings));

  function tell() {
    const now = ringing();
    const fresh = now.filter((one) => !known.has(one.dataset.rings));
    known = new Set(now.map((one) => one.dataset.rings));
    document.title = now.length ? `(${now.length}) ${title}` : title;
    if (!fresh.length) return;
    fresh.forEach((one) => one.classList.add("fresh"));
    said.textContent = `${said.dataset.new} ${fresh.map((one) => one.dataset.says).join(". ")}`;
    chime();
  }

  // ---- the sound: wished for once, remembered, and waiting for a touch where the browser demands one

  const WISH = "hotline-board-sound";
  const wished = () => { try { return localStorage.getItem(WISH) === "on"; } catch { return wish; } };
  let wish = false, speaker = null;

  function remember(on) {
    wish = on;
    try { localStorage.setItem(WISH, on ? "on" : "off"); } catch { /* a private window: for this page only */ }
  }

  function wake() {
    if (!wished() || !window.AudioContext) return Promise.resolve();
    speaker = speaker || new AudioContext();
    return speaker.resume().then(showSound, showSound);
  }

  const awake = () => speaker !== null && speaker.state === "running";

  function chime() {
    if (!wished() || !awake()) return;
    [0, 0.25, 0.5, 1.1, 1.35, 1.6].forEach((at, n) => {
      const tone = speaker.createOscillator(), volume = speaker.createGain(), from = speaker.currentTime + at;
      tone.type = "triangle";
      tone.frequency.value = n % 3 === 1 ? 1046 : 784;
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(0.5, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.22);
      tone.connect(volume).connect(speaker.destination);
      tone.start(from);
      tone.stop(from + 0.24);
    });
  }

  function showSound() {
    const how = !wished() ? "off" : awake() ? "on" : "waiting";
    sound.textContent = sound.dataset[how];
    sound.dataset.state = how;
  }

  sound.addEventListener("click", () => {
    if (wished() && awake()) { remember(false); showSound(); return; }
    remember(true);
    wake().then(chime);
  });
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, (event) => { if (!sound.contains(event.target) && !awake()) wake(); });
  }

  // ---- asking the server

  const onTheWall = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: board.dataset.zone };
  const clock = () => new Date().toLocaleTimeString([], onTheWall);
  let offlineSince = null, asking = false, timer = 0;

  function show(isOffline) {
    if (isOffline && offlineSince === null) { offlineSince = clock(); said.textContent = said.dataset.offline; }
    if (!isOffline && offlineSince !== null) { offlineSince = null; said.textContent = said.dataset.back; }
    state.hidden = false;
    state.classList.toggle("offline", isOffline);
    state.textContent = isOffline
      ? state.dataset.offline.replace("{}", offlineSince) : state.dataset.live.replace("{}", clock());
  }

  async function ask() {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    try {
      const answer = await fetch(board.dataset.from, {
        headers: { "If-None-Match": `"${board.dataset.tag}"` },
        redirect: "manual",
        signal: AbortSignal.timeout(LONGEST_WAIT),
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) { location.reload(); return; }
      if (answer.ok) put(await answer.text(), answer.headers.get("ETag"));
      else if (answer.status !== 304) throw new Error("the server is in trouble");
      show(false);
    } catch {
      show(true);
    } finally {
      asking = false;
      timer = setTimeout(ask, every);
    }
  }

  // Whoever is at a button with the keyboard stays there.
  function put(html, tag) {
    const here = board.contains(document.activeElement) ? document.activeElement : null;
    const name = here && (here.getAttribute("href") || here.getAttribute("aria-label"));
    board.innerHTML = html;
    board.dataset.tag = (tag || "").replace(/^W\//, "").replaceAll('"', "");
    if (name) {
      const again = [...board.querySelectorAll("a, button")].find(
        (one) => one.getAttribute("href") === name || one.getAttribute("aria-label") === name);
      if (again) again.focus({ preventScroll: true });
    }
    tell();
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  window.addEventListener("online", ask);
  window.addEventListener("offline", () => show(true));
  sound.hidden = !window.AudioContext;
  if (ringing().length) document.title = `(${ringing().length}) ${title}`;
  show(false);
  showSound();
  wake();
  timer = setTimeout(ask, every);
})();
