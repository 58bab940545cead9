// Copies text where the browser lets us; where it does not, shows it, so that it can be copied by hand.
import { t } from './i18n.svelte';
import { toasts } from './toast.svelte';

export async function copy(text: string, said: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.say(said, 'good');
  } catch {
    toasts.say(t('app.copyhand', { text }), 'info', 20_000);
  }
}
