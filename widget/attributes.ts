/** What markup may say of `<postern-chat>`: for the types of JSX and of Vue's templates. Each is told in `element.ts`. */
import type { PosternChat } from './element.ts';

export interface PosternChatAttributes extends Partial<
  Pick<
    PosternChat,
    'api' | 'avatar' | 'consent' | 'greeting' | 'inline' | 'label' | 'lang' | 'position' | 'remember' | 'theme'
  >
> {
  readonly 'public-key': string;
  readonly agent: string;
  readonly open?: boolean | undefined;
  readonly 'privacy-url'?: string | undefined;
  readonly 'hide-when-blocked'?: boolean | undefined;
}
