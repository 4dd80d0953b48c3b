import type { DayBars } from './day-bars.ts';

/**
 * Loads the picture with uPlot in it. uPlot makes a number format for the browser's language as it loads, and a Chromium
 * on a system without a language names one that does not exist (`en-US@posix`): then it is lent English for that moment.
 */
export async function loadDayBars(): Promise<typeof DayBars> {
  const giveBack = lendLanguage();
  try {
    return (await import('./day-bars.ts')).DayBars;
  } finally {
    giveBack();
  }
}

function lendLanguage(): () => void {
  try {
    new Intl.NumberFormat(navigator.language);
    return () => undefined;
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
    return () => Reflect.deleteProperty(navigator, 'language');
  }
}
