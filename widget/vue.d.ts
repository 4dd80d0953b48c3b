/** `import 'postern/widget/vue'`: the widget, and `<postern-chat>` in templates of Vue 3. */
import type { EmitFn, HTMLAttributes } from 'vue';
import type { PosternChat, PosternChatAttributes, PosternEventMap } from './index.js';

export * from './index.js';

/** A template's `public-key` is `publicKey` for the types of Vue. */
type Camel<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name;
type Props = { readonly [Name in keyof PosternChatAttributes as Camel<Name>]: PosternChatAttributes[Name] };
type Emitted = { [Name in keyof PosternEventMap]: (event: PosternEventMap[Name]) => void };

declare module 'vue' {
  interface GlobalComponents {
    'postern-chat': new () => PosternChat & {
      $props: Omit<HTMLAttributes, keyof Props> & Props;
      $emit: EmitFn<Emitted>;
    };
  }
}
