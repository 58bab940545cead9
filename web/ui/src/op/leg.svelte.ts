// The browser's warm voice leg: one WebRTC connection for the shift, offered over the live socket.
import { live } from '../live/hook.svelte';

export type LegState = 'off' | 'asking' | 'connecting' | 'ready' | 'lost' | 'failed';
export type MicState = 'unknown' | 'ok' | 'denied' | 'missing' | 'busy' | 'insecure';

const GATHER_MS = 1500;

class Leg {
  state = $state<LegState>('off');
  mic = $state<MicState>('unknown');
  muted = $state(false);
  /** The browser refused to play without a gesture: one click on the page is needed. */
  silent = $state(false);
  private pc: RTCPeerConnection | null = null;
  private track: MediaStreamTrack | null = null;
  private stream: MediaStream | null = null;
  private speaker: HTMLAudioElement | null = null;
  private session: string | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private wanted = false;
  private tries = 0;

  attach(speaker: HTMLAudioElement): () => void {
    this.speaker = speaker;
    // A new welcome means a new session on the server: its leg is gone, so offer again.
    const off = live.watch(() => {
      if (this.wanted && live.state !== 'offline' && live.session && live.session !== this.session && this.session) void this.offer();
    });
    return () => {
      off();
      this.close();
    };
  }

  /** Brings the leg up without a question when the microphone was allowed before. */
  async warm(): Promise<void> {
    try {
      const allowed = await navigator.permissions.query({ name: 'microphone' as PermissionName });
      if (allowed.state === 'granted') await this.open();
    } catch {
      // The browser cannot tell: wait for the operator's click.
    }
  }

  async open(): Promise<void> {
    if (this.wanted && this.state !== 'failed' && this.state !== 'off') return;
    this.wanted = true;
    this.tries = 0;
    this.state = 'asking';
    await this.microphone();
    await this.offer();
  }

  /** Asks for the microphone again (a headset was plugged in, the permission was given) and offers anew. */
  async again(): Promise<void> {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.track = null;
    this.wanted = true;
    this.tries = 0;
    await this.microphone();
    await this.offer();
  }

  close(): void {
    this.wanted = false;
    if (this.retry) clearTimeout(this.retry);
    this.drop();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.track = null;
    this.state = 'off';
    if (live.state !== 'offline') void live.command('leg.close', {}, { volatile: true }).catch(() => undefined);
  }

  mute(on = !this.muted): void {
    this.muted = on;
    if (this.track) this.track.enabled = !on;
  }

  play(): void {
    void this.speaker?.play().then(() => (this.silent = false)).catch(() => (this.silent = true));
  }

  private async microphone(): Promise<void> {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.mic = 'insecure';
    } else {
      try {
        this.stream = await navigator.mediaDevices.getUserMedia({
          audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
        });
        this.mic = 'ok';
      } catch (error) {
        const name = (error as DOMException).name;
        this.mic = name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : name === 'NotFoundError' ? 'missing' : 'busy';
      }
    }
    // Without a microphone the operator can still listen: a silent track keeps the leg two-way.
    if (!this.stream) this.stream = new AudioContext().createMediaStreamDestination().stream;
    this.track = this.stream.getAudioTracks()[0] ?? null;
    if (this.track) {
      this.track.enabled = !this.muted;
      this.track.onended = () => (this.mic = 'missing');
    }
  }

  private drop(): void {
    if (!this.pc) return;
    this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
    this.pc = null;
  }

  private async offer(): Promise<void> {
    if (!this.wanted || !this.track || !this.stream) return;
    this.drop();
    this.session = live.session;
    this.state = 'connecting';
    const pc = new RTCPeerConnection({ iceServers: [] });
    this.pc = pc;
    const sender = pc.addTransceiver(this.track, { direction: 'sendrecv', streams: [this.stream] });
    preferPcma(sender);
    pc.ontrack = (event) => {
      if (!this.speaker) return;
      this.speaker.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      this.play();
    };
    pc.onconnectionstatechange = () => {
      if (pc !== this.pc) return;
      if (pc.connectionState === 'connected') {
        this.state = 'ready';
        this.tries = 0;
      } else if (pc.connectionState === 'failed' || pc.connectionState === 'closed') this.later();
      else if (pc.connectionState === 'disconnected') this.state = 'lost';
    };
    try {
      await pc.setLocalDescription(await pc.createOffer());
      await gathered(pc);
      const { sdp } = await live.command('leg.offer', { sdp: pc.localDescription!.sdp }, { volatile: true });
      if (pc !== this.pc) return;
      await pc.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      if (pc === this.pc) this.later();
    }
  }

  private later(): void {
    this.tries += 1;
    this.state = this.tries > 5 ? 'failed' : 'lost';
    if (this.retry) clearTimeout(this.retry);
    if (this.tries <= 5) this.retry = setTimeout(() => void this.offer(), Math.min(8000, 500 * 2 ** this.tries));
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

/** The server is ICE-lite and does not trickle: send one offer with all candidates. */
function gathered(pc: RTCPeerConnection): Promise<void> {
  if (pc.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, GATHER_MS);
    pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done();
  });
}

export const leg = new Leg();
