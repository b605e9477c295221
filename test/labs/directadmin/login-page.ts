/** What a browser without a session sees when the lab runs without the shells' login page. */
export function plainLoginPage(problem: string | null): string {
  const message = problem === null ? "" : `<p role="alert">${escapeHtml(problem)}</p>`;
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>DirectAdmin Login</title></head>
<body>
<h1>DirectAdmin Login</h1>${message}
<form method="post" action="/CMD_LOGIN">
<label>Username <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button>
</form>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
