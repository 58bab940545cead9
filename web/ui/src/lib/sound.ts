// Ring and alarm tones made with WebAudio; nothing is downloaded.
let context: AudioContext | null = null;
let ringing: { stop: () => void } | null = null;

function audio(): AudioContext | null {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
    return context;
  } catch {
    return null;
  }
}

function tone(ac: AudioContext, hz: number, at: number, length: number, gain: number): void {
  const osc = ac.createOscillator();
  const level = ac.createGain();
  osc.type = 'sine';
  osc.frequency.value = hz;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(gain, at + 0.02);
  level.gain.setValueAtTime(gain, at + length - 0.05);
  level.gain.linearRampToValueAtTime(0, at + length);
  osc.connect(level).connect(ac.destination);
  osc.start(at);
  osc.stop(at + length);
}

/** Rings until `hush()`: two short calls of two tones, then a pause. */
export function ring(): void {
  const ac = audio();
  if (!ac || ringing) return;
  const burst = () => {
    const at = ac.currentTime + 0.02;
    for (const [start, hz] of [[0, 620], [0.16, 780], [0.5, 620], [0.66, 780]] as const) tone(ac, hz, at + start, 0.15, 0.14);
  };
  burst();
  const timer = setInterval(burst, 2400);
  ringing = { stop: () => clearInterval(timer) };
}

export function hush(): void {
  ringing?.stop();
  ringing = null;
}

export function chime(): void {
  const ac = audio();
  if (ac) tone(ac, 880, ac.currentTime + 0.01, 0.18, 0.08);
}
