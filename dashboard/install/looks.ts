import type { TagOptions } from './script-tag.ts';

/** How a chat looks and begins on its page, as a form has it: '' is what the chat does by itself. */
export interface Looks {
  /** `#rrggbb` */
  readonly accent: string;
  readonly label: string;
  readonly position: '' | 'start';
  readonly theme: '' | 'light' | 'dark';
  readonly lang: string;
  readonly avatar: string;
  /** A line each, as `data-greeting` has it. */
  readonly greeting: string;
  readonly opening: '' | 'open' | 'interaction';
  readonly remember: boolean;
  readonly hideWhenBlocked: boolean;
}

export const usualLooks: Looks = {
  accent: '',
  label: '',
  position: '',
  theme: '',
  lang: '',
  avatar: '',
  greeting: '',
  opening: '',
  remember: false,
  hideWhenBlocked: false,
};

/** What a tag says of them: nothing of what the chat does by itself. */
export function optionsOf({ opening, remember, hideWhenBlocked, ...texts }: Looks): TagOptions {
  const said = Object.entries(texts)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(said),
    ...(opening === 'open' && { open: '' }),
    ...(opening === 'interaction' && { load: 'interaction' }),
    ...(remember && { remember: '' }),
    ...(hideWhenBlocked && { 'hide-when-blocked': '' }),
  };
}
