// Buttons of a headset, where the browser hands them on (Media Session: `hangup`, `togglemicrophone`; Chromium has them).

interface Buttons { hangup: () => void; mute: () => void; answer: () => void; ringing: () => boolean }

/** Listens until the returned function is called. */
export function headset({ hangup, mute, answer, ringing }: Buttons): () => void {
  const session = navigator.mediaSession;
  if (!session) return () => undefined;
  const set = (action: string, run: (() => void) | null) => {
    try {
      session.setActionHandler(action as MediaSessionAction, run);
    } catch {
      // This browser does not know the button.
    }
  };
  // One button of a headset both takes a call and ends it.
  const hook = () => (ringing() ? answer() : hangup());
  const all: Record<string, () => void> = { hangup: hook, togglemicrophone: mute };
  for (const [action, run] of Object.entries(all)) set(action, run);
  return () => Object.keys(all).forEach((action) => set(action, null));
}
