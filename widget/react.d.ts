/** `import 'postern/widget/react'`: the widget, and `<postern-chat>` in JSX of React 19. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { PosternChat, PosternChatAttributes, PosternEventMap } from './index.js';

export * from './index.js';

type Listeners = {
  readonly [Name in keyof PosternEventMap as `on${Name}`]?: ((event: PosternEventMap[Name]) => void) | undefined;
};

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'postern-chat': Omit<DetailedHTMLProps<HTMLAttributes<PosternChat>, PosternChat>, keyof PosternChatAttributes> &
        PosternChatAttributes &
        Listeners;
    }
  }
}
