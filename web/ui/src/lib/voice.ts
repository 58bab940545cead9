// The browser's voice connection, without a framework: the offer goes out at once, before the microphone has answered and
// before any screen is drawn, so that a page that is loaded anew in the middle of a talk is heard again as soon as can be.

/** Says in this tab's own memory that the voice lives here; it outlives a reload and nothing else. */
const MARK = 'voice';
const MICROPHONE = 'voice.microphone';
const SPEAKER = 'voice.speaker';

export type MicState = 'unknown' | 'ok' | 'denied' | 'missing' | 'busy' | 'insecure';
export interface Microphone { stream: MediaStream; track: MediaStreamTrack | null; state: MicState }

function kept(store: Storage, key: string): string | null {
  try {
    return store.getItem(key);
  } catch {
    return null; // Private mode: nothing is remembered.
  }
}
export function keep(store: Storage, key: string, value: string | null): void {
  try {
    if (value === null) store.removeItem(key);
    else store.setItem(key, value);
  } catch {
    // Private mode.
  }
}
export const voiceIsHere = (): boolean => kept(sessionStorage, MARK) === 'here';
export const markVoice = (here: boolean): void => keep(sessionStorage, MARK, here ? 'here' : null);
export const chosenMicrophone = (): string | null => kept(localStorage, MICROPHONE);
export const chosenSpeaker = (): string | null => kept(localStorage, SPEAKER);
export const chooseMicrophone = (id: string | null): void => keep(localStorage, MICROPHONE, id);
export const chooseSpeaker = (id: string | null): void => keep(localStorage, SPEAKER, id);

/** The microphone that was chosen, or the browser's own; without one a silent track keeps the line two-way. */
export async function microphone(): Promise<Microphone> {
  let state: MicState = 'ok';
  let stream: MediaStream | null = null;
  if (!navigator.mediaDevices?.getUserMedia) state = 'insecure';
  else {
    const id = chosenMicrophone();
    const ask = (deviceId?: ConstrainDOMString) =>
      navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1, deviceId } });
    try {
      stream = id ? await ask({ exact: id }).catch(() => ask()) : await ask();
    } catch (error) {
      const name = (error as DOMException).name;
      state = name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : name === 'NotFoundError' ? 'missing' : 'busy';
    }
  }
  stream ??= new AudioContext().createMediaStreamDestination().stream;
  return { stream, track: stream.getAudioTracks()[0] ?? null, state };
}

/** What plays the other side: one element for the life of the page, outside of every screen. */
let speaker: HTMLAudioElement | null = null;
export function loudspeaker(): HTMLAudioElement {
  if (!speaker) {
    speaker = document.createElement('audio');
    speaker.autoplay = true;
    speaker.hidden = true;
    speaker.dataset.voice = '';
    document.body.append(speaker);
    void useSpeaker(chosenSpeaker());
  }
  return speaker;
}
/** Plays through a device; the browser's own when it is not there any more, or where a browser cannot choose. */
export async function useSpeaker(id: string | null): Promise<void> {
  if (!speaker || !('setSinkId' in speaker)) return;
  await speaker.setSinkId(id ?? '').catch(() => speaker?.setSinkId('').catch(() => undefined));
}

/** One connection: from its offer to its end. */
export class VoiceLine {
  readonly pc: RTCPeerConnection;
  private sender: RTCRtpSender;

  constructor() {
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' });
    const transceiver = this.pc.addTransceiver('audio', { direction: 'sendrecv' });
    preferPcma(transceiver);
    this.sender = transceiver.sender;
    this.pc.ontrack = (event) => {
      loudspeaker().srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void speaker?.play().catch(() => undefined);
    };
  }

  /** The switchboard is ICE-lite and learns our address from our own checks: the offer waits for no candidate. */
  async offer(send: (sdp: string) => Promise<string>): Promise<void> {
    await this.pc.setLocalDescription(await this.pc.createOffer());
    const sdp = await send(this.pc.localDescription!.sdp);
    if (this.pc.signalingState !== 'closed') await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  async say(track: MediaStreamTrack | null): Promise<void> {
    if (this.pc.signalingState !== 'closed') await this.sender.replaceTrack(track);
  }

  close(): void {
    this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
  }
}

/** The switchboard speaks A-law: put PCMA first and leave the rest as a fallback. */
function preferPcma(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  const rank = (mime: string) => (/pcma/i.test(mime) ? 0 : /pcmu/i.test(mime) ? 1 : 2);
  try {
    transceiver.setCodecPreferences([...codecs].sort((a, b) => rank(a.mimeType) - rank(b.mimeType)));
  } catch {
    // Older browsers keep their own order; the answer picks PCMA anyway.
  }
}

/** A line that was begun before the screens, for whoever takes it. */
export interface Early { line: VoiceLine; microphone: Promise<Microphone>; offered: Promise<boolean> }
let early: Early | null = null;

/** Begins at once where the voice was before this page was loaded. */
export function beginEarly(): void {
  if (!voiceIsHere() || typeof RTCPeerConnection === 'undefined') return;
  const line = new VoiceLine();
  const offered = line.offer(overHttp).then(() => true, () => false);
  const ask = microphone();
  void ask.then(({ track }) => line.say(track)).catch(() => undefined);
  early = { line, microphone: ask, offered };
}
export function takeEarly(): Early | null {
  const taken = early;
  early = null;
  return taken;
}

/** The live socket is not open yet: the same command goes over HTTP, by the cookie of the session. */
async function overHttp(sdp: string): Promise<string> {
  const answer = await fetch('/api/cmd', {
    method: 'POST', credentials: 'same-origin', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), name: 'leg.offer', args: { sdp } }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as { ok: { sdp: string } }).ok.sdp;
}
