// Keys are matched by place (`code`), so ЙЦУКЕН and QWERTY behave the same.
export const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export const plain = (e: KeyboardEvent): boolean => !e.ctrlKey && !e.altKey && !e.metaKey;

/** 1…9 from either digit row, or 0 when the key is not one of them. */
export function digit(e: KeyboardEvent): number {
  const found = /^(?:Digit|Numpad)([1-9])$/.exec(e.code);
  return found && plain(e) ? Number(found[1]) : 0;
}

/** Svelte attachment-friendly focus on mount. */
export function focusOnMount(node: HTMLElement): void {
  queueMicrotask(() => node.focus({ preventScroll: true }));
}
