// Gives every recording buttons for its speed. Without this script the browser's own player remains.
"use strict";
(() => {
  const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
  const KEPT = "hotline-speed";
  const write = new Intl.NumberFormat(document.documentElement.lang);
  const players = [...document.querySelectorAll("audio[data-speed]")];

  function kept() {
    try { return SPEEDS.find((speed) => String(speed) === localStorage.getItem(KEPT)) || 1; } catch { return 1; }
  }

  function choose(chosen) {
    try { localStorage.setItem(KEPT, String(chosen)); } catch { /* a private window: for this page only */ }
    for (const player of players) {
      player.defaultPlaybackRate = chosen; // loading the sound would set the other one back
      player.playbackRate = chosen;
    }
    for (const button of document.querySelectorAll(".speeds button")) {
      button.setAttribute("aria-pressed", String(Number(button.value) === chosen));
    }
  }

  for (const player of players) {
    const group = document.createElement("div");
    group.className = "speeds";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", player.dataset.speed);
    for (const speed of SPEEDS) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-outline-primary";
      button.value = String(speed);
      button.textContent = `${write.format(speed)}×`;
      button.addEventListener("click", () => choose(speed));
      group.append(button);
    }
    player.after(group);
  }
  choose(kept());
})();
