// The offices that masters belong to, by name; asked for by the screens that show them.
import type { Wire } from '../wire/http';
import type { Id } from '../wire/types';
import { get } from './session.svelte';

export type Branch = Wire<'Branch'>;

class Branches {
  /** All, those that are open first. */
  all = $state.raw<Branch[]>([]);
  readonly open = $derived(this.all.filter((branch) => !branch.closed));
  private names = $derived(new Map(this.all.map((branch) => [branch.id, branch.name])));

  /** Asks the house anew. */
  async read(): Promise<Branch[]> {
    this.all = (await get<{ branches: Branch[] }>('/api/branches')).branches;
    return this.all;
  }
  /** The name of a branch; nothing for no branch and for one that is not known yet. */
  name(id: Id | null | undefined): string {
    return (id && this.names.get(id)) || '';
  }
}
export const branches = new Branches();
