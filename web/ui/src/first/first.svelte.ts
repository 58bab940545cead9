// The first run: which step is on, and the passwords of one use that the last step shows. Steps are data, so that one can be put between two others.
import type { Component } from 'svelte';

export interface Step { key: string; load: () => Promise<{ default: Component<{ next: () => void }> }> }
/** In the order they are shown. The first is done by who holds the key, the others by the administrator it makes. The line may be left for later. */
export const steps: Step[] = [
  { key: 'company', load: () => import('./CompanyStep.svelte') },
  { key: 'masters', load: () => import('./MastersStep.svelte') },
  { key: 'zone', load: () => import('./ZoneStep.svelte') },
  { key: 'operator', load: () => import('./OperatorStep.svelte') },
  { key: 'line', load: () => import('./LineStep.svelte') },
  { key: 'done', load: () => import('./DoneStep.svelte') },
];

export interface Made { name: string; login: string; password: string; role: 'master' | 'operator' | 'dispatcher' }
class First {
  made = $state.raw<Made[]>([]);
  tell(one: Made): void {
    this.made = [...this.made, one];
  }
}
export const first = new First();
