// The tokens of the theme as colours that a canvas understands: it knows no variables.

/** Reads tokens by name; they change with the theme. */
export function colours(names: readonly string[], at: HTMLElement = document.body): Record<string, string> {
  const probe = document.createElement('span');
  // With less motion every change of colour is a transition of no length, and a read meets its beginning.
  probe.style.setProperty('transition', 'none', 'important');
  at.append(probe);
  const found: Record<string, string> = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}
