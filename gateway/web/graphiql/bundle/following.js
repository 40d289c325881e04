/** Answers a subscription's answers, over a socket of its own (`graphql-transport-ws`). */
export function following(endpoint, credential, params) {
  return {
    subscribe(observer) {
      const url = new URL(endpoint, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      const socket = new WebSocket(url, "graphql-transport-ws");
      const say = (message) => socket.send(JSON.stringify(message));
      socket.onopen = () => say({ type: "connection_init", payload: credential });
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type === "connection_ack") say({ id: "1", type: "subscribe", payload: params });
        if (type === "next") observer.next(payload);
        if (type === "error") observer.next({ errors: payload });
        if (type === "error" || type === "complete") socket.close(1000);
      };
      socket.onclose = ({ code, reason }) => {
        if (code === 1000) observer.complete();
        else observer.error(new Error(`The socket was closed: ${code} ${reason}`));
      };
      return { unsubscribe: () => socket.close(1000) };
    },
  };
}
