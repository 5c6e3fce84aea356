// The handset: shows and plays what the server says was heard, and sends keys and sound back. It executes nothing.

const say = document.body.dataset;
const at = (id) => document.getElementById(id);
const log = at("log"), state = at("state"), caption = at("caption"), patience = at("patience");
const RATE = 8000;
const TONES = {rows: [697, 770, 852, 941], columns: [1209, 1336, 1477], keys: "123456789*0#"};

let call = null;        // {token, heard, awaits, began}
let sounds = null;      // AudioContext, from the first press on
let playing = 0;        // grows by one whenever what is being played becomes old
let stopPlaying = () => {};
let waitTimer = 0, clockTimer = 0, holdTimer = 0, lookTimer = 0;
let recorder = null;
let sending = Promise.resolve();

// ---- to the server ----------------------------------------------------------------------------------------------

function send(path, body) {
  sending = sending.then(() => sendNow(path, body));
  return sending;
}

async function sendNow(path, body) {
  const live = call;
  if (path && (!live || live.awaits === "ended")) return;
  const [address, query = ""] = (path ? `${say.calls}/${live.token}/${path}` : say.calls).split("?");
  const url = `${address}?after=${live ? live.heard : 0}${query && "&" + query}`;
  const sound = body instanceof Blob;
  const headers = {"Content-Type": sound ? "audio/wav" : "application/json"};
  try {
    const answer = await fetch(url, {method: "POST", headers, body: sound ? body : JSON.stringify(body || {})});
    const told = await answer.json();
    if (answer.ok) hear(told);
    else if (answer.status === 503) fail(say.busy);
    else if (answer.status !== 409) fail(say.trouble);
  } catch {
    fail(say.trouble);
  }
}

function fail(words) {
  call = null;
  quiet();
  show(words);
  buttons(false);
}

// ---- what is heard ----------------------------------------------------------------------------------------------

async function hear(told) {
  if (!call) call = {token: told.call, heard: 0, began: Date.now()};
  const fresh = told.words.filter((word) => word.n >= call.heard);
  call.heard += fresh.length;
  call.awaits = told.awaits;
  quiet();
  if (told.hold_s) lookTimer = setInterval(lookForOfficers, 1000);
  const mine = ++playing;
  const boxes = fresh.map(write);
  buttons(told.awaits !== "ended");
  show(fresh.length && ["keys", "recording"].includes(told.awaits) ? say.listening : stateWords(told.awaits));
  if (told.awaits === "officer" || told.awaits === "conversation") showOfficer(told.awaits);
  for (const [place, word] of fresh.entries()) {
    if (mine !== playing) return;
    boxes[place].classList.add("now");
    caption.textContent = word.text;
    caption.lang = word.language;
    await play(word, mine);
    boxes[place].classList.remove("now");
  }
  if (mine === playing) afterWords(told);
}

function afterWords(told) {
  if (told.awaits !== "recording") show(stateWords(told.awaits));
  if (told.awaits === "keys") waitFor(told.timeout_s);
  if (told.awaits === "recording") record(told);
  if (told.hold_s) holdTimer = setTimeout(() => send("wait", {holding: true}), told.hold_s * 1000);
  if (told.awaits === "ended") {
    clearInterval(clockTimer);
    line(say.over, "end");
  }
}

function stateWords(awaits) {
  return {keys: say.pressNow, recording: say.recording, officer: say.ringing, hold: say.ringing,
          conversation: say.talking}[awaits] || say.over;
}

function write(word) {
  const box = line(word.text || "♪", word.to === "officer" ? "of-officer" : "theirs", word.to === "officer" ? say.officer : say.theLine);
  if (word.language) box.lang = word.language;
  return box;
}

function line(text, kind, who) {
  log.querySelector(".hint")?.remove();
  const box = document.createElement("p");
  box.className = kind;
  if (who) box.append(Object.assign(document.createElement("b"), {textContent: who}));
  box.append(text);
  log.append(box);
  log.scrollTop = log.scrollHeight;
  return box;
}

async function play(word, mine) {
  if (!at("sound").checked) return reading(word, mine);
  try {
    const answer = await fetch(word.audio);
    if (answer.status !== 200) throw new Error("no voice");
    const sound = await sounds.decodeAudioData(await answer.arrayBuffer());
    if (mine === playing) await playSound(sound);
  } catch {
    await spokenByBrowser(word, mine);
  }
}

function playSound(sound) {
  return new Promise((done) => {
    const source = new AudioBufferSourceNode(sounds, {buffer: sound});
    source.connect(sounds.destination);
    source.onended = done;
    source.start();
    stopPlaying = () => { source.stop(); done(); };
  });
}

function spokenByBrowser(word, mine) {
  const language = word.language.slice(0, 2);
  const voice = window.speechSynthesis?.getVoices().find((one) => one.lang.startsWith(language));
  if (!voice || !word.text) return reading(word, mine);
  return new Promise((done) => {
    const speech = new SpeechSynthesisUtterance(word.text);
    Object.assign(speech, {voice, lang: voice.lang, rate: 0.9, onend: done, onerror: done});
    stopPlaying = () => { speechSynthesis.cancel(); done(); };
    speechSynthesis.speak(speech);
  });
}

function reading(word, mine) {
  return new Promise((done) => {
    const timer = setTimeout(done, mine === playing ? 300 + word.text.length * 25 : 0);
    stopPlaying = () => { clearTimeout(timer); done(); };
  });
}

function quiet() {
  playing++;
  stopPlaying();
  stopPlaying = () => {};
  clearTimeout(waitTimer);
  clearTimeout(holdTimer);
  clearInterval(lookTimer);
  patience.getAnimations().forEach((one) => one.cancel());
  ["silence", "officer", "conversation"].forEach((id) => { at(id).hidden = true; });
  listening(false);
}

// While the line is held, officers' telephones ring elsewhere: look now and then whether one is to be answered here,
// or whether the line has brought the caller to an officer by itself.
async function lookForOfficers() {
  const live = call, at = playing;
  const told = live && await fetch(`${say.calls}/${live.token}?after=${live.heard}`).then((answer) => answer.json()).catch(() => null);
  if (!told || live !== call || at !== playing || told.awaits === live.awaits) return;
  if (!told.hold_s) return void hear(told);
  live.awaits = told.awaits;
  showOfficer(told.awaits);
}

function waitFor(seconds) {
  patience.animate([{transform: "scaleX(1)"}, {transform: "scaleX(0)"}], {duration: seconds * 1000});
  waitTimer = setTimeout(() => {
    line(`(${say.silent})`, "mine", say.you);
    send("wait");
  }, seconds * 1000);
}

// ---- keys -------------------------------------------------------------------------------------------------------

function press(key) {
  tone(key);
  const button = document.querySelector(`[data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 120);
  if (!call || !["keys", "recording"].includes(call.awaits)) return;
  if (recorder) return void finish(key);
  if (call.awaits === "recording" && at("silence").hidden) return; // nobody listens before the tone
  quiet();
  writeKey(key);
  send("keys", {keys: key});
}

function writeKey(key) {
  let box = log.lastElementChild;
  if (!box?.dataset.keys) {
    box = line(say.pressed, "mine", say.you);
    box.dataset.keys = "1";
  }
  box.append(" ", Object.assign(document.createElement("kbd"), {textContent: key}));
  log.scrollTop = log.scrollHeight;
}

function tone(key) {
  if (!sounds || !at("sound").checked) return;
  const place = TONES.keys.indexOf(key);
  const volume = new GainNode(sounds, {gain: 0.08});
  volume.connect(sounds.destination);
  for (const frequency of [TONES.rows[Math.floor(place / 3)], TONES.columns[place % 3]]) {
    const voice = new OscillatorNode(sounds, {frequency});
    voice.connect(volume);
    voice.start();
    voice.stop(sounds.currentTime + 0.14);
  }
}

// ---- the microphone ---------------------------------------------------------------------------------------------

async function record(told) {
  const mine = playing;
  if (told.beep) await beep();
  const microphone = await openMicrophone();
  if (mine !== playing || !call || call.awaits !== "recording") return void stopMicrophone(microphone);
  if (!microphone) {
    show(say.recording);
    at("silence").hidden = false;
    return;
  }
  const options = {audioBitsPerSecond: 24000};
  const tape = new MediaRecorder(microphone, options);
  const pieces = [];
  tape.ondataavailable = (event) => pieces.push(event.data);
  recorder = {tape, pieces, microphone, finishOn: told.finish_on, meter: meter(microphone)};
  recorder.limit = setTimeout(() => finish(""), told.max_seconds * 1000);
  tape.start();
  show(say.recording);
  listening(true);
  at("finish").focus({preventScroll: true});
}

// While the line records, the place of "Call" is taken by "Finished", and the key that ends it stands out.
function listening(yes) {
  at("finish").hidden = !yes;
  at("call").hidden = yes;
  document.body.classList.toggle("recording", yes);
  if (!yes) at("level").style.transform = "";
}

async function openMicrophone() {
  try {
    return await navigator.mediaDevices.getUserMedia({audio: true});
  } catch {
    return null;
  }
}

function stopMicrophone(microphone) {
  microphone?.getTracks().forEach((track) => track.stop());
}

function meter(microphone) {
  const listener = new AnalyserNode(sounds, {fftSize: 512});
  new MediaStreamAudioSourceNode(sounds, {mediaStream: microphone}).connect(listener);
  const wave = new Uint8Array(listener.fftSize);
  return setInterval(() => {
    listener.getByteTimeDomainData(wave);
    const loudest = wave.reduce((most, one) => Math.max(most, Math.abs(one - 128)), 0);
    at("level").style.transform = `scaleX(${Math.min(1, loudest / 64)})`;
  }, 80);
}

// Ends the recording: by a key that it listens for, by "hangup", or by "" (time is up).
async function finish(key) {
  if (!recorder || (key.length === 1 && !recorder.finishOn.includes(key))) return;
  const {tape, pieces, microphone, limit, meter: level} = recorder;
  recorder = null;
  clearTimeout(limit);
  clearInterval(level);
  const stopped = new Promise((done) => { tape.onstop = done; });
  tape.stop();
  await stopped;
  stopMicrophone(microphone);
  quiet();
  const sound = await telephoneSound(new Blob(pieces));
  line(say.spoke.replace("%s", Math.round(sound.seconds)), "mine", say.you);
  if (key.length === 1) writeKey(key);
  await send(`recording?key=${encodeURIComponent(key)}`, sound.file);
}

async function telephoneSound(blob) {
  try {
    const full = await sounds.decodeAudioData(await blob.arrayBuffer());
    const narrow = new OfflineAudioContext(1, Math.max(1, Math.ceil(full.duration * RATE)), RATE);
    const source = new AudioBufferSourceNode(narrow, {buffer: full});
    source.connect(narrow.destination);
    source.start();
    return {seconds: full.duration, file: wav((await narrow.startRendering()).getChannelData(0))};
  } catch {
    return {seconds: 0, file: wav(new Float32Array(0))};
  }
}

function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (place, letters) => [...letters].forEach((one, i) => view.setUint8(place + i, one.charCodeAt(0)));
  text(0, "RIFF"); text(8, "WAVEfmt "); text(36, "data");
  [[4, 36 + samples.length * 2], [16, 16], [24, RATE], [28, RATE * 2], [40, samples.length * 2]]
    .forEach(([place, number]) => view.setUint32(place, number, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([place, number]) => view.setUint16(place, number, true));
  samples.forEach((one, i) => view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, one)) * 32767, true));
  return new Blob([view], {type: "audio/wav"});
}

async function beep() {
  if (!at("sound").checked) return;
  const voice = new OscillatorNode(sounds, {frequency: 880});
  const volume = new GainNode(sounds, {gain: 0.1});
  voice.connect(volume).connect(sounds.destination);
  voice.start();
  voice.stop(sounds.currentTime + 0.3);
  await new Promise((done) => setTimeout(done, 350));
}

// ---- the rest of the handset ------------------------------------------------------------------------------------

function show(words) {
  state.textContent = words;
}

function showOfficer(awaits) {
  at("officer").hidden = awaits !== "officer";
  at("conversation").hidden = awaits !== "conversation";
  log.scrollTop = log.scrollHeight;
}

function buttons(live) {
  at("call").disabled = live;
  at("hang-up").disabled = !live;
  document.querySelectorAll('[name="caller"]').forEach((choice) => { choice.disabled = live; });
}

function dial() {
  sounds = sounds || new AudioContext();
  sounds.resume();
  call = null;
  log.replaceChildren();
  caption.textContent = "";
  document.querySelector(".phone").scrollIntoView({block: "nearest"});
  at("clock").textContent = "0:00";
  clearInterval(clockTimer);
  clockTimer = setInterval(tick, 1000);
  show(say.calling);
  buttons(true);
  send("", {caller: document.querySelector('[name="caller"]:checked').value});
}

function tick() {
  const seconds = call ? Math.floor((Date.now() - call.began) / 1000) : 0;
  at("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function hangUp() {
  if (recorder) return void finish("hangup");
  quiet();
  send("hangup");
}

document.querySelectorAll("[data-key]").forEach((button) => {
  button.addEventListener("click", () => press(button.dataset.key));
});
document.querySelectorAll("[data-does]").forEach((button) => {
  button.addEventListener("click", () => send("officer", {does: button.dataset.does}));
});
at("call").addEventListener("click", dial);
at("hang-up").addEventListener("click", hangUp);
at("finish").addEventListener("click", () => finish("#"));
at("officer-hangs-up").addEventListener("click", () => send("wait"));
at("silence").addEventListener("submit", (event) => {
  event.preventDefault();
  const seconds = Math.min(60, Math.max(1, Number(at("silence-seconds").value) || 5));
  line(say.spoke.replace("%s", seconds), "mine", say.you);
  send("recording?key=%23", wav(new Float32Array(seconds * RATE)));
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input[type=number]")) return;
  if (TONES.keys.includes(event.key)) press(event.key);
  else if (event.key === "Escape" && !at("hang-up").disabled) hangUp();
  else if (event.key === "Enter" && event.target === document.body && !at("call").disabled) dial();
});
window.addEventListener("pagehide", () => {
  if (call && call.awaits !== "ended") navigator.sendBeacon(`${say.calls}/${call.token}/hangup`);
});
