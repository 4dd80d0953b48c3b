/** `import 'postern/widget'`: registers `<postern-chat>` and gives its types. Importing it in Node does nothing. */
import { definePosternChat } from './define.ts';
import { nameLauncherKit } from './launcher-kit.ts';
import { launcherStyles } from './launcher-styles.ts';
import { drawIcon, drawLauncher } from './launcher.ts';

export type { PosternChatAttributes } from './attributes.ts';
export { PosternChat } from './element.ts';
export { definePosternChat };
export type { ErrorDetail, MessageDetail, PosternEventMap, ReplyDetail } from './events.ts';
export type { FailureCode } from './failure.ts';

nameLauncherKit({ styles: launcherStyles, drawLauncher, drawIcon });
definePosternChat();
