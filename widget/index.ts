/** `import 'postern/widget'`: registers `<postern-chat>` and gives its types. Importing it in Node does nothing. */
import { definePosternChat } from './define.ts';

export { PosternChat } from './element.ts';
export { definePosternChat };
export type { ErrorDetail, MessageDetail, PosternEventMap, ReplyDetail } from './events.ts';
export type { FailureCode } from './failure.ts';

definePosternChat();
