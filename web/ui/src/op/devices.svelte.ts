// Which microphone and which speaker: chosen by name, remembered on this machine, followed when plugs are pulled.
import { chooseMicrophone, chooseSpeaker, chosenMicrophone, chosenSpeaker, useSpeaker } from '../lib/voice';
import { t } from '../lib/i18n.svelte';
import { toasts } from '../lib/toast.svelte';
import { leg } from './leg.svelte';

class Devices {
  microphones = $state.raw<MediaDeviceInfo[]>([]);
  speakers = $state.raw<MediaDeviceInfo[]>([]);
  microphone = $state(chosenMicrophone() ?? '');
  speaker = $state(chosenSpeaker() ?? '');

  /** Follows the plugs while a screen of a telephone is open. */
  attach(): () => void {
    const changed = () => void this.changed();
    void this.look();
    navigator.mediaDevices?.addEventListener?.('devicechange', changed);
    return () => navigator.mediaDevices?.removeEventListener?.('devicechange', changed);
  }

  /** Names are known once the microphone was allowed. */
  async look(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const named = (kind: MediaDeviceKind) => all.filter((d) => d.kind === kind && d.label && d.deviceId && d.deviceId !== 'communications');
    this.microphones = named('audioinput');
    this.speakers = named('audiooutput');
  }

  async useMicrophone(id: string): Promise<void> {
    this.microphone = id;
    chooseMicrophone(id || null);
    await leg.again();
  }
  async useSpeaker(id: string): Promise<void> {
    this.speaker = id;
    chooseSpeaker(id || null);
    await useSpeaker(id || null);
  }

  private async changed(): Promise<void> {
    const known = new Set(this.microphones.map((d) => d.deviceId));
    await this.look();
    if (this.microphone && !this.microphones.some((d) => d.deviceId === this.microphone)) {
      // The chosen one may come back, so the choice stays; until then the browser's own is used.
      toasts.say(t('op.device.gone'), 'bad');
      await leg.again();
    } else if (this.microphone && !known.has(this.microphone)) await leg.again();
    else if (leg.mic === 'missing') await leg.again();
    const fresh = this.microphones.find((d) => !known.has(d.deviceId) && d.deviceId !== 'default' && d.deviceId !== this.microphone);
    if (fresh && known.size) toasts.say(t('op.device.fresh', { name: fresh.label }));
    if (this.speaker) await useSpeaker(this.speakers.some((d) => d.deviceId === this.speaker) ? this.speaker : null);
  }
}
export const devices = new Devices();
