// Prompts: read aloud where the browser has a voice; record with the microphone; any sound the browser can open goes
// to the server as a small telephone WAV. The page works without this: then a file is uploaded as it is.

const RATE = 8000;

// ---- a voice of the browser's -----------------------------------------------------------------------------------

function voiceFor(language) {
  return window.speechSynthesis?.getVoices().find((one) => one.lang.toLowerCase().startsWith(language));
}

function offerVoices() {
  for (const button of document.querySelectorAll("[data-speak]")) {
    const there = Boolean(voiceFor(button.dataset.language));
    button.hidden = !there;
    button.parentElement.querySelector("[data-no-voice]").hidden = there;
  }
}

function readAloud(button) {
  const voice = voiceFor(button.dataset.language);
  speechSynthesis.cancel();
  speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(button.dataset.speak), {voice, lang: voice.lang, rate: 0.9}));
}

document.querySelectorAll("[data-speak]").forEach((button) => button.addEventListener("click", () => readAloud(button)));
window.speechSynthesis?.addEventListener?.("voiceschanged", offerVoices);
offerVoices();

// ---- sound of the telephone -------------------------------------------------------------------------------------

async function telephoneSound(sounds, blob) {
  const full = await sounds.decodeAudioData(await blob.arrayBuffer());
  const narrow = new OfflineAudioContext(1, Math.max(1, Math.ceil(full.duration * RATE)), RATE);
  const source = new AudioBufferSourceNode(narrow, {buffer: full});
  source.connect(narrow.destination);
  source.start();
  const samples = (await narrow.startRendering()).getChannelData(0);
  return new File([wav(samples)], "recording.wav", {type: "audio/wav"});
}

function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (place, letters) => [...letters].forEach((one, i) => view.setUint8(place + i, one.charCodeAt(0)));
  text(0, "RIFF"); text(8, "WAVEfmt "); text(36, "data");
  [[4, 36 + samples.length * 2], [16, 16], [24, RATE], [28, RATE * 2], [40, samples.length * 2]]
    .forEach(([place, number]) => view.setUint32(place, number, true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([place, number]) => view.setUint16(place, number, true));
  samples.forEach((one, i) => view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, one)) * 32767, true));
  return view;
}

// ---- the recorder -----------------------------------------------------------------------------------------------

class Recorder {
  constructor(form) {
    this.form = form;
    this.say = form.dataset;
    this.file = form.querySelector("[name=sound]");
    this.status = form.querySelector(".status");
    this.level = form.querySelector(".level");
    this.record = form.querySelector("[data-record]");
    this.stop = form.querySelector("[data-stop]");
    this.listen = form.querySelector("[data-play]");
    this.record.addEventListener("click", () => this.begin());
    this.stop.addEventListener("click", () => this.tape?.stop());
    this.listen.addEventListener("click", () => this.play());
    this.file.addEventListener("change", () => this.chosen());
    form.querySelector(".microphone").hidden = !(navigator.mediaDevices && window.MediaRecorder);
  }

  sounds() {
    this.context ??= new AudioContext();
    this.context.resume();
    return this.context;
  }

  async begin() {
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1}});
    } catch {
      this.status.textContent = this.say.refused;
      return;
    }
    const pieces = [];
    this.tape = new MediaRecorder(this.microphone);
    this.tape.ondataavailable = (event) => pieces.push(event.data);
    this.tape.onstop = () => this.end(new Blob(pieces));
    this.limit = setTimeout(() => this.tape.stop(), this.say.longest * 1000 - 500);
    this.meter = this.watchLevel();
    this.tape.start();
    this.show({recording: true});
    this.status.textContent = this.say.listening;
    this.stop.focus();
  }

  async end(blob) {
    clearTimeout(this.limit);
    clearInterval(this.meter);
    this.microphone.getTracks().forEach((track) => track.stop());
    this.status.textContent = this.say.preparing;
    await this.take(blob);
    this.record.textContent = this.say.again;
    this.show({recording: false});
    this.status.textContent = this.say.ready;
    this.listen.focus();
  }

  // What the form will send: the same as if the file had been chosen by hand.
  async take(blob) {
    const box = new DataTransfer();
    box.items.add(await telephoneSound(this.sounds(), blob));
    this.file.files = box.files;
    this.listen.hidden = false;
  }

  async chosen() {
    const [file] = this.file.files;
    if (!file) return;
    this.status.textContent = this.say.preparing;
    try {
      await this.take(file);
      this.status.textContent = "";
    } catch { // the server says what it makes of it
      this.status.textContent = file.size > this.say.largest ? this.say.tooLarge : "";
      if (file.size > this.say.largest) this.file.value = "";
    }
  }

  async play() {
    const [file] = this.file.files;
    if (!file) return;
    const sound = await this.sounds().decodeAudioData(await file.arrayBuffer());
    const source = new AudioBufferSourceNode(this.sounds(), {buffer: sound});
    source.connect(this.sounds().destination);
    source.start();
  }

  show({recording}) {
    this.record.hidden = recording;
    this.stop.hidden = this.level.hidden = !recording;
    this.listen.hidden = recording || !this.file.files.length;
  }

  watchLevel() {
    const listener = new AnalyserNode(this.sounds(), {fftSize: 512});
    new MediaStreamAudioSourceNode(this.sounds(), {mediaStream: this.microphone}).connect(listener);
    const wave = new Uint8Array(listener.fftSize);
    const meter = this.level.querySelector("meter");
    return setInterval(() => {
      listener.getByteTimeDomainData(wave);
      meter.value = wave.reduce((most, one) => Math.max(most, Math.abs(one - 128)), 0) / 128;
    }, 80);
  }
}

document.querySelectorAll(".recorder").forEach((form) => new Recorder(form));
