// Theme: auto, light or dark; the choice is an attribute on <html> that the tokens read.
export type Theme = 'auto' | 'light' | 'dark';
const order: Theme[] = ['auto', 'light', 'dark'];

function stored(): Theme {
  try {
    const kept = localStorage.getItem('theme') as Theme;
    return order.includes(kept) ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

class ThemeChoice {
  current = $state<Theme>(stored());
  apply(): void {
    document.documentElement.dataset.theme = this.current;
    dispatchEvent(new Event('themechange'));
  }
  next(): void {
    this.current = order[(order.indexOf(this.current) + 1) % order.length]!;
    try {
      localStorage.setItem('theme', this.current);
    } catch {
      // Private mode.
    }
    this.apply();
  }
}
export const theme = new ThemeChoice();
