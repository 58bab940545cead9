// Notices to this phone: asks the browser for a subscription with the server's key, and hands it over.
import { live } from '../live/hook.svelte';
import { language, t } from '../lib/i18n.svelte';
import { reason, toasts } from '../lib/toast.svelte';

export type PushState = 'none' | 'off' | 'on' | 'blocked';

/** The bytes of base64url, as the browser wants the server's key. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (ch) => ch.charCodeAt(0));
}
/** What the server is told of a subscription: its address and the two keys that messages are sealed with. */
export function told(subscription: PushSubscriptionJSON, lang: string): { endpoint: string; p256dh: string; auth: string; lang: string } | null {
  const { endpoint, keys } = subscription;
  return endpoint && keys?.p256dh && keys.auth ? { endpoint, p256dh: keys.p256dh, auth: keys.auth, lang } : null;
}

class Push {
  /** `none`: this browser cannot; `blocked`: the master has said no to the browser. */
  state = $state<PushState>('none');
  busy = $state(false);

  private get here(): boolean {
    return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
  }
  private async subscription(): Promise<PushSubscription | null> {
    const worker = await navigator.serviceWorker.getRegistration();
    return (await worker?.pushManager.getSubscription()) ?? null;
  }
  /** Looks how it stands; a subscription that the browser still has is told again, the server may have lost it. */
  async look(): Promise<void> {
    if (!this.here) return;
    if (Notification.permission === 'denied') return void (this.state = 'blocked');
    const kept = await this.subscription().catch(() => null);
    this.state = kept ? 'on' : 'off';
    if (kept) await this.tell(kept).catch(() => undefined);
  }
  private async tell(subscription: PushSubscription): Promise<void> {
    const args = told(subscription.toJSON(), language.current === 'ru' ? 'ru' : 'en');
    if (args) await live.command('push.subscribe', args);
  }
  /** On a tap: browsers ask the master only then. */
  async toggle(): Promise<void> {
    if (this.busy || !this.here) return;
    this.busy = true;
    try {
      if (this.state === 'on') await this.off();
      else await this.on();
    } catch (error) {
      toasts.say(reason(error), 'bad');
    }
    this.busy = false;
  }
  private async on(): Promise<void> {
    if ((await Notification.requestPermission()) !== 'granted') {
      this.state = Notification.permission === 'denied' ? 'blocked' : 'off';
      return toasts.say(t('push.blocked'), 'bad');
    }
    const { key } = (await live.command('push.key', {})) as { key: string };
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
    await this.tell(subscription);
    this.state = 'on';
    toasts.say(t('push.on'), 'good');
  }
  private async off(): Promise<void> {
    const kept = await this.subscription();
    if (kept) {
      await live.command('push.unsubscribe', { endpoint: kept.endpoint });
      await kept.unsubscribe();
    }
    this.state = 'off';
  }
}
export const push = new Push();
