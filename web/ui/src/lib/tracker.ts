// What a master's tracker is set up with: an address and the signed identifier of the master.
import { copy } from './copy';
import { t } from './i18n.svelte';
import { get } from './session.svelte';

export async function copyTracker(master: string): Promise<void> {
  const { path, id } = await get<{ path: string; id: string }>(`/api/masters/${encodeURIComponent(master)}/tracker`);
  await copy(t('tracker.setup', { url: location.origin + path, id }), t('tracker.copied'));
}
