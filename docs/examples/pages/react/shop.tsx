import { useRef, useState } from 'react';
import type { PosternChat } from 'postern/widget/react';
import 'postern/widget/react';

export function Shop() {
  const chat = useRef<PosternChat>(null);
  const [isOpen, setOpen] = useState(false);
  const [answer, setAnswer] = useState('');
  return (
    <>
      <postern-chat
        ref={chat}
        public-key="pk_…"
        agent="agt_…"
        api="https://HOST"
        lang="en"
        open={isOpen}
        onpostern-close={() => setOpen(false)}
        onpostern-reply={({ detail }) => setAnswer(detail.text)}
      />
      <button
        onClick={() => {
          setOpen(true);
          chat.current?.send('What is Postern?');
        }}
      >
        Ask
      </button>
      <output>{answer}</output>
    </>
  );
}
