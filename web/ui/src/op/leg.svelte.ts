// The browser's warm voice leg: one WebRTC connection for the shift, offered over the live socket; in one tab at a time.
import { live } from '../live/hook.svelte';
import { loudspeaker, markVoice, microphone, takeEarly, voiceIsHere, VoiceLine, type Microphone, type MicState } from '../lib/voice';
import { judge, read, worse, type Heard, type Quality, type Reading } from './quality';
import { Tabs } from './tabs';

export type LegState = 'off' | 'asking' | 'connecting' | 'ready' | 'lost' | 'failed' | 'elsewhere';
export type { MicState };

/** The page says that it lives, so that a tab that sleeps is not offered calls. */
const ALIVE_MS = 5000;
const LOOK_MS = 2000;
/**
 * A connection that has gone quiet is offered anew after this time. The browser calls it failed half a minute later only,
 * and another tab's offer in the moment of a reload leaves ours without the other side for good.
 */
const QUIET_MS = 1500;

class Leg {
  state = $state<LegState>('off');
  mic = $state<MicState>('unknown');
  muted = $state(false);
  /** The browser refused to play without a gesture: one click on the page is needed. */
  silent = $state(false);
  /** How it sounds here while somebody talks; `null`: nobody does, or it is not known yet. */
  quality = $state.raw<Quality | null>(null);
  /** The browser had put this page to sleep. */
  slept = $state(false);
  private line: VoiceLine | null = null;
  private sound: Microphone | null = null;
  private session: string | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private wanted = false;
  private tries = 0;
  private before: Reading | null = null;
  /** The worst since the page said last that it lives. */
  private worst: Heard | null = null;
  private tabs = new Tabs((here) => {
    if (here) void this.start();
    else this.step('elsewhere');
  });

  /** While a screen of a telephone is open. */
  attach(): () => void {
    // A new welcome after the server was away means that it has forgotten us: offer again unless the voice flows.
    const off = live.watch(() => {
      if (!this.wanted || live.state === 'offline' || !live.session) return;
      if (this.session && live.session !== this.session && this.line?.pc.connectionState !== 'connected') void this.offer();
      this.session = live.session;
    });
    const alive = setInterval(() => this.tellAlive(), ALIVE_MS);
    const looking = setInterval(() => void this.look(), LOOK_MS);
    const woken = () => {
      this.slept = true;
      this.tellAlive();
    };
    document.addEventListener('resume', woken);
    return () => {
      off();
      clearInterval(alive);
      clearInterval(looking);
      document.removeEventListener('resume', woken);
      this.close();
    };
  }

  /** Brings the leg up without a question when the microphone was allowed before. */
  async warm(): Promise<void> {
    if (voiceIsHere()) return this.open();
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
    // A page that was loaded anew takes its voice back from nobody: the mark is this tab's own.
    if (!(await this.tabs.take(voiceIsHere()))) return this.step('elsewhere');
    await this.start();
  }

  /** Takes the voice over from another tab. */
  async takeHere(): Promise<void> {
    this.wanted = true;
    if (await this.tabs.take(true)) await this.start();
  }

  /** Asks for the microphone again (a headset was plugged in, the permission was given) and speaks by it. */
  async again(): Promise<void> {
    if (!this.wanted) return this.open();
    this.drop(this.sound);
    await this.listen(await microphone());
    if (this.line?.pc.connectionState !== 'connected') await this.offer();
  }

  close(): void {
    this.wanted = false;
    const mine = this.tabs.here;
    this.step('off');
    this.tabs.release();
    markVoice(false);
    if (mine && live.state !== 'offline') void live.command('leg.close', {}, { volatile: true }).catch(() => undefined);
  }

  mute(on = !this.muted): void {
    this.muted = on;
    if (this.sound?.track) this.sound.track.enabled = !on;
    try {
      navigator.mediaSession?.setMicrophoneActive?.(!on);
    } catch {
      // The browser has no such button.
    }
  }

  play(): void {
    void loudspeaker().play().then(() => (this.silent = false)).catch(() => (this.silent = this.state === 'ready'));
  }

  get connection(): RTCPeerConnection | null {
    return this.line?.pc ?? null;
  }

  private async start(): Promise<void> {
    markVoice(true);
    this.tries = 0;
    this.session = live.session;
    const early = takeEarly();
    if (early) {
      this.state = 'connecting';
      // It may have connected before there was a screen: then it is ready at once, and nothing will tell so again.
      this.adopt(early.line);
      void early.offered.then((ok) => {
        if (!ok && early.line === this.line) this.later();
      });
      return this.listen(await early.microphone);
    }
    this.state = 'asking';
    // The offer needs no microphone: the one is asked for while the other is on its way.
    const asked = microphone();
    void this.offer();
    await this.listen(await asked);
  }

  private async listen(sound: Microphone): Promise<void> {
    this.sound = sound;
    this.mic = sound.state;
    if (sound.track) {
      sound.track.enabled = !this.muted;
      sound.track.onended = () => (this.mic = 'missing');
    }
    await this.line?.say(sound.track).catch(() => undefined);
  }

  private adopt(line: VoiceLine): void {
    this.line = line;
    const { pc } = line;
    const turned = () => {
      if (line !== this.line) return;
      if (pc.connectionState === 'connected') {
        this.state = 'ready';
        this.tries = 0;
        this.tellAlive();
        this.play();
      } else if (pc.connectionState === 'failed' || pc.connectionState === 'closed') this.later();
      else if (pc.connectionState === 'disconnected') {
        this.state = 'lost';
        setTimeout(() => line === this.line && pc.connectionState === 'disconnected' && void this.offer(), QUIET_MS);
      }
    };
    pc.onconnectionstatechange = turned;
    turned();
  }

  private async offer(): Promise<void> {
    if (!this.wanted || !this.tabs.here) return;
    this.line?.close();
    const line = new VoiceLine();
    this.adopt(line);
    if (this.state !== 'asking') this.state = 'connecting';
    try {
      if (this.sound) await line.say(this.sound.track);
      await line.offer(async (sdp) => (await live.command('leg.offer', { sdp }, { volatile: true })).sdp);
    } catch {
      if (line === this.line) this.later();
    }
  }

  private later(): void {
    this.tries += 1;
    this.state = this.tries > 5 ? 'failed' : 'lost';
    if (this.retry) clearTimeout(this.retry);
    if (this.tries <= 5) this.retry = setTimeout(() => void this.offer(), Math.min(8000, 250 * 2 ** this.tries));
  }

  /** No voice here any more, for one reason or the other. */
  private step(state: 'off' | 'elsewhere'): void {
    if (this.retry) clearTimeout(this.retry);
    this.line?.close();
    this.line = null;
    takeEarly()?.line.close();
    this.drop(this.sound);
    this.sound = this.quality = null;
    this.state = state;
    if (state === 'elsewhere') markVoice(false);
  }

  private drop(sound: Microphone | null): void {
    if (sound?.track) sound.track.onended = null;
    sound?.stream.getTracks().forEach((track) => track.stop());
  }

  private tellAlive(): void {
    if (this.state === 'ready' && live.state !== 'offline') void live.command('leg.alive', this.worst ?? {}, { volatile: true }).catch(() => undefined);
    this.worst = null;
  }

  private async look(): Promise<void> {
    const { line } = this;
    const now = line && this.state === 'ready' ? await read(line.pc).catch(() => null) : null;
    const { before } = this;
    this.before = now;
    this.quality = now && before && line === this.line ? judge(before, now) : null;
    this.worst = worse(this.worst, this.quality);
  }
}

export const leg = new Leg();
