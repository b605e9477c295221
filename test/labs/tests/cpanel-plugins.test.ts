import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CpanelLab } from "../cpanel/cpanel-lab.ts";
import { type Answer, callPort, freshLab, furnish, runCommand, uapi } from "./cpanel-client.ts";

/** Pages, modules and hooks are programs on the server, which takes root. */
const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;

let lab: CpanelLab;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ lab, remove } = await freshLab({ pageGraceMs: 100 }));
  await furnish(lab);
});

afterAll(() => remove());
afterEach(() => lab.set({ perlMayCallAdminBin: false, liveWarnings: false, uninstallLeavesDynamicui: true }));

/** Puts a file on the server as an installer would. */
function put(path: string, text: string, mode = 0o755): void {
  const place = join(lab.rootDir, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text, { mode });
}

const perl =
  "#!/usr/local/cpanel/3rdparty/bin/perl\nuse strict; use warnings; use lib '/usr/local/cpanel';\n";

function visit(account: string, path: string, options: Parameters<typeof callPort>[3] = {}): Promise<Answer> {
  const { cookie, token } = lab.login("cpanel", account);
  return callPort(lab, "cpanel", `${token}${path}`, { ...options, headers: { cookie, ...options.headers } });
}

function visitWhm(login: string, path: string): Promise<Answer> {
  const { cookie, token } = lab.login("whm", login);
  return callPort(lab, "whm", `${token}${path}`, { headers: { cookie } });
}

const jupiter = "usr/local/cpanel/base/frontend/jupiter";

describe("install_plugin", () => {
  const item = {
    type: "link",
    id: "trial",
    name: "Trial",
    icon: "trial.svg",
    group_id: "security",
    order: 50,
    uri: "trial/index.live.pl",
    featuremanager: true,
  };
  const source = (): string => join(lab.rootDir, "opt/trial");
  const install = (...words: string[]): ReturnType<typeof runCommand> =>
    runCommand(lab, "scripts/install_plugin", ...words);

  beforeEach(() => {
    put("opt/trial/install.json", JSON.stringify([item]), 0o644);
    put("opt/trial/trial.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", 0o644);
  });

  it("refuses what has no install.json, or one that is no array", async () => {
    expect(await install(join(lab.rootDir, "home"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("install.json"),
    });
    put("opt/trial/install.json", JSON.stringify(item));
    expect((await install(source())).stderr).toContain("array");
    put("opt/trial/install.json", JSON.stringify([{ ...item, uri: undefined }]));
    expect((await install(source())).stderr).toContain("uri");
    expect((await install(source(), "--theme=paper")).code).toBe(1);
  });

  it.each([
    ["tar.gz", ["tar", "-czf"]],
    ["tar.bz2", ["tar", "-cjf"]],
  ])(
    "takes a folder or a %s, and shows the link where the feature is on",
    async (suffix, [program = "", option = ""]) => {
      const archive = join(lab.rootDir, `opt/trial.${suffix}`);
      execFileSync(program, [option, archive, "-C", source(), "."]);
      expect((await install(archive, "--theme", "jupiter")).code).toBe(0);
      expect(existsSync(join(lab.rootDir, jupiter, "dynamicui/dynamicui_trial.conf"))).toBe(true);
      expect(existsSync(join(lab.rootDir, jupiter, "trial"))).toBe(false);
      const home = await visit("alice", "/frontend/jupiter/index.html");
      expect(home.text).toContain('href="trial/index.live.pl"');
      expect(
        (await visit("alice", "/frontend/jupiter/assets/application_icons/trial.svg")).headers[
          "content-type"
        ],
      ).toBe("image/svg+xml");
      lab.setFeature("alice", "trial", false);
      expect((await visit("alice", "/frontend/jupiter/index.html")).text).not.toContain(
        "trial/index.live.pl",
      );
      const off = await uapi(lab, "alice", "Features", "has_feature", "name=trial");
      expect(off).toMatchObject({ status: 1, messages: ["The feature “trial” exists but is not enabled."] });
      lab.setFeature("alice", "trial", true);
      expect((await uapi(lab, "alice", "Features", "has_feature", "name=trial")).messages).toBeNull();
    },
  );

  it("is undone by uninstall_plugin, which may leave the definition behind", async () => {
    await install(source());
    const definition = join(lab.rootDir, jupiter, "dynamicui/dynamicui_trial.conf");
    expect((await runCommand(lab, "scripts/uninstall_plugin", source())).code).toBe(0);
    expect(existsSync(definition)).toBe(true);
    lab.set({ uninstallLeavesDynamicui: false });
    await runCommand(lab, "scripts/uninstall_plugin", source());
    expect(existsSync(definition)).toBe(false);
    expect((await uapi(lab, "alice", "Features", "has_feature", "name=trial")).status).toBe(0);
  });
});

describeAsRoot("a page of the account's interface", () => {
  it("is refused when it is not root's, or cannot be executed", async () => {
    put(`${jupiter}/p/plain.cgi`, "#!/bin/sh\n", 0o644);
    expect((await visit("alice", "/frontend/jupiter/p/plain.cgi")).status).toBe(403);
    put(`${jupiter}/p/own.cgi`, "#!/bin/sh\n");
    const { chownSync } = await import("node:fs");
    chownSync(join(lab.rootDir, jupiter, "p/own.cgi"), 2001, 2001);
    expect((await visit("alice", "/frontend/jupiter/p/own.cgi")).status).toBe(403);
    expect(
      (await visit("alice", "/frontend/jupiter/p/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd")).status,
    ).toBe(404);
  });

  it("wants a session, and its token in the address", async () => {
    const { cookie } = lab.login("cpanel", "alice");
    const answer = await callPort(lab, "cpanel", "/cpsess0000000000/frontend/jupiter/index.html", {
      headers: { cookie },
    });
    expect([answer.status, answer.headers.location]).toEqual([302, "/"]);
  });

  it("runs as the account with the environment of CGI, body and path info", async () => {
    put(
      `${jupiter}/p/facts.cgi`,
      `#!/bin/sh\nprintf 'Status: 201\\nContent-Type: text/plain\\n\\n'\nid -u\necho "$REMOTE_USER $USER $HOME $REQUEST_METHOD $QUERY_STRING $PATH_INFO $HTTPS"\necho "\${CPANEL_CONNECT_SOCKET:-none}"\ncat\n`,
    );
    const answer = await visit("alice", "/frontend/jupiter/p/facts.cgi/more?a=1", { form: { b: "2" } });
    expect(answer.status).toBe(201);
    const uid = statSync(join(lab.rootDir, "home/alice")).uid;
    expect(answer.text.split("\n")).toEqual([
      String(uid),
      "alice alice /home/alice POST a=1 /more on",
      "none",
      "b=2",
    ]);
    expect(answer.headers["x-frame-options"]).toBe("SAMEORIGIN");
  });

  it("speaks to the engine and prints the panel's frame", async () => {
    put(
      `${jupiter}/p/index.live.pl`,
      `${perl}use Cpanel::LiveAPI ();
my $cpanel = Cpanel::LiveAPI->new();
my $who = $cpanel->uapi('Variables', 'get_user_information', { name => 'user' });
print "Content-Type: text/html; charset=utf-8\\r\\n\\r\\n";
print $cpanel->header('Trial', 'trial'), "<p>$who->{cpanelresult}{result}{data}{user}</p>", $cpanel->footer();
$cpanel->end();
`,
    );
    for (const liveWarnings of [false, true]) {
      lab.set({ liveWarnings });
      const answer = await visit("alice", "/frontend/jupiter/p/index.live.pl");
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('<html lang="nl" dir="ltr">');
      expect(answer.text).toContain('<span id="pageHeading">Trial</span>');
      expect(answer.text).toContain("<p>alice</p>");
      expect(answer.text).toContain('<footer id="cp-footer">');
    }
  });

  it("takes title and icon of its application where it gives no title", async () => {
    const link = {
      type: "link",
      id: "titled",
      name: "Titled",
      icon: "",
      group_id: "security",
      uri: "titled/x",
    };
    put("opt/titled/install.json", JSON.stringify([link]), 0o644);
    await runCommand(lab, "scripts/install_plugin", join(lab.rootDir, "opt/titled"));
    const dom = await uapi(lab, "alice", "Chrome", "get_dom", "page_title=", "app_key=titled");
    expect(dom.data.header).toContain('<span id="pageHeading">Titled</span>');
    expect((await uapi(lab, "alice", "Chrome", "get_dom")).errors).toEqual([
      "No 'page_title' argument specified.",
    ]);
  });

  it("tells a team user from the account it belongs to, and a reseller at work in it", async () => {
    put(
      `${jupiter}/p/who.live.cgi`,
      `#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho "$REMOTE_USER $USER \${CPRESELLER:-nobody} \${cp_security_token%%[0-9]*}"\n`,
    );
    const team = lab.login("cpanel", "alice", { login: "bob@example.nl" });
    const path = "/frontend/jupiter/p/who.live.cgi";
    const answer = await callPort(lab, "cpanel", `${team.token}${path}`, {
      headers: { cookie: team.cookie },
    });
    expect(answer.text).toBe("bob@example.nl alice nobody /cpsess\n");
    const token = `root:${lab.createToken("whm", "root")}`;
    const form = { "api.version": "1", user: "alice", service: "cpaneld" };
    const { url } = (await callPort(lab, "whm", "/json-api/create_user_session", { token, form })).json()
      .data;
    const { pathname, search } = new URL(url);
    const entered = await callPort(lab, "cpanel", pathname + search);
    const cookie = String(entered.headers["set-cookie"]).split(";")[0] ?? "";
    const prefix = /^\/cpsess\d+/.exec(String(entered.headers.location))?.[0];
    expect((await callPort(lab, "cpanel", `${prefix}${path}`, { headers: { cookie } })).text).toBe(
      "alice alice root /cpsess\n",
    );
    expect((await callPort(lab, "cpanel", pathname + search)).status).toBe(401);
  });

  const php = existsSync("/usr/bin/php-cgi") ? it : it.skip;
  php("may be written in PHP (skipped where /usr/bin/php-cgi is not there)", async () => {
    put(
      `${jupiter}/p/index.live.php`,
      `<?php header('X-Trial: yes'); $s = stream_socket_client('unix://' . getenv('CPANEL_PHPCONNECT_SOCKET'));
function ask($s, $m) { fwrite($s, strlen($m) . "\\n" . $m); $r = ''; while (($l = fgets($s)) !== false) { $r .= $l; if (strpos($l, '</cpanelresult>') !== false) break; } return $r; }
ask($s, '<cpaneljson enable="1">');
echo $_POST['a'], ask($s, '<cpanelaction>{"module":"Features","func":"has_feature","apiversion":"uapi","reqtype":"exec","args":{"name":"sslinstall"}}</cpanelaction>');
fwrite($s, "26\\n<cpanelxml shutdown=\\"1\\" />");
`,
      0o644,
    );
    const answer = await visit("alice", "/frontend/jupiter/p/index.live.php", { form: { a: "posted" } });
    expect([answer.status, answer.headers["x-trial"]]).toEqual([200, "yes"]);
    expect(answer.text).toMatch(/^posted<\?xml.*"status":1/s);
  });

  it("fails when it leaves its socket open", async () => {
    put(
      `${jupiter}/p/rude.live.pl`,
      `${perl}use Socket;
socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un($ENV{CPANEL_CONNECT_SOCKET})) or die;
syswrite $s, "23\\n<cpaneljson enable=\\"1\\">"; sysread $s, my $reply, 1000;
print "Content-Type: text/plain\\n\\n$reply";
`,
    );
    expect((await visit("alice", "/frontend/jupiter/p/rude.live.pl")).status).toBe(500);
    expect(readFileSync(join(lab.rootDir, "usr/local/cpanel/logs/error_log"), "utf8")).toContain(
      "shutdown element",
    );
    put(
      `${jupiter}/p/bare.live.pl`,
      `${perl}use Socket;
socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un($ENV{CPANEL_CONNECT_SOCKET})) or die;
syswrite $s, "23\\n<cpaneljson enable=\\"1\\">"; sysread $s, my $reply, 1000; syswrite $s, "<cpanelxml shutdown=\\"1\\" />";
print "Content-Type: text/plain\\n\\n$reply";
`,
    );
    const bare = await visit("alice", "/frontend/jupiter/p/bare.live.pl");
    expect(bare.text).toBe(
      '<?xml version="1.0" ?>\n<cpanelresult>{"data":{"result":"json"}}</cpanelresult>\n',
    );
  });
});

describeAsRoot("a plugin's UAPI module", () => {
  beforeAll(() => {
    put(
      "usr/local/cpanel/Cpanel/API/Trial.pm",
      `package Cpanel::API::Trial;
use strict; use warnings;
use Cpanel::AdminBin::Call ();
our %API = ( _needs_feature => 'trial', ask => { allow_demo => 0 } );
sub ask {
    my ( $args, $result ) = @_;
    my $text = $args->get_length_required('text');
    $result->data( Cpanel::AdminBin::Call::call( 'Trial', 'Bridge', 'ASK', $text, 'root' ) );
    return 1;
}
sub fail { my ( $args, $result ) = @_; $result->raw_error('no “luck”'); return 0; }
sub noisy { print "noise\\n"; warn "loud\\n"; return 1; }
sub script { my ( $args, $result ) = @_; $result->data( Cpanel::AdminBin::Call::call( 'Trial', 'Script', 'WHO' ) ); return 1; }
sub wrapped { my ( $args, $result ) = @_; require Cpanel::Wrap; $result->data( Cpanel::Wrap::send_cpwrapd_request( namespace => 'Trial', module => 'Wrapped', function => 'GO', data => 'x' ) ); return 1; }
1;
`,
      0o644,
    );
    put(
      "var/cpanel/perl/Cpanel/Admin/Modules/Trial/Bridge.pm",
      `package Cpanel::Admin::Modules::Trial::Bridge;
use strict; use warnings;
use parent 'Cpanel::Admin::Base';
sub _actions { return qw(ASK DIE FEATURE) }
sub ASK { my ( $self, $text, $claim ) = @_; return { text => $text, user => $self->get_caller_username(), uid => $>, domains => $self->get_cpuser_domains() } }
sub DIE { die "a secret\\n" }
sub FEATURE { my ($self) = @_; $self->cpuser_has_feature_or_die('sslinstall'); return 1 }
1;
`,
      0o644,
    );
    put(
      "opt/trial/install.json",
      JSON.stringify([
        {
          type: "link",
          id: "trial",
          name: "Trial",
          icon: "",
          group_id: "security",
          uri: "trial/x",
          featuremanager: 1,
        },
      ]),
      0o644,
    );
  });
  beforeEach(() => runCommand(lab, "scripts/install_plugin", join(lab.rootDir, "opt/trial")));

  it("asks root's side, which knows the caller from the panel and not from the words", async () => {
    const result = await uapi(lab, "alice", "Trial", "ask", "text=h%C3%A9llo");
    expect(result).toMatchObject({ status: 1, data: { text: "héllo", user: "alice", uid: 0 } });
    expect(result.data.domains).toContain("shop.nl");
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    const flat = (await callPort(lab, "cpanel", "/execute/Trial/ask", { token, form: { text: "x" } })).json();
    expect(flat.data.user).toBe("alice");
    const root = `root:${lab.createToken("whm", "root")}`;
    const query = "api.version=1&cpanel.user=fay&cpanel.module=Trial&cpanel.function=ask&text=x";
    const through = (await callPort(lab, "whm", `/json-api/uapi_cpanel?${query}`, { token: root })).json();
    expect(through.data.uapi.data.user).toBe("fay");
  });

  it("is held to its arguments, its feature and demo mode", async () => {
    expect((await uapi(lab, "alice", "Trial", "ask")).errors).toEqual(["No 'text' argument specified."]);
    expect((await uapi(lab, "alice", "Trial", "fail")).errors).toEqual(["no “luck”"]);
    expect((await uapi(lab, "alice", "Trial", "none")).errors[0]).toContain(
      "could not find the function “none”",
    );
    lab.setFeature("alice", "trial", false);
    expect((await uapi(lab, "alice", "Trial", "ask", "text=x")).errors[0]).toContain("trial");
    lab.setFeature("alice", "trial", true);
    await lab.addAccount({ name: "dora", domain: "dora.test", demo: true });
    expect((await uapi(lab, "dora", "Trial", "ask", "text=x")).errors[0]).toContain("demo");
  });

  it("spoils its answer when it prints", async () => {
    const { stdout, stderr } = await runCommand(
      lab,
      "uapi",
      "--output=json",
      "--user=alice",
      "Trial",
      "noisy",
    );
    expect(stdout.startsWith("noise\n{")).toBe(true);
    expect(stderr).toContain("loud");
  });

  it("gets no more than a general text of an exception, and no words of an unknown action", async () => {
    put(
      "usr/local/cpanel/Cpanel/API/Fails.pm",
      `package Cpanel::API::Fails;
use Cpanel::AdminBin::Call ();
sub go { my ( $args, $result ) = @_; Cpanel::AdminBin::Call::call( 'Trial', 'Bridge', $args->get('action') ); return 1; }
1;
`,
      0o644,
    );
    for (const action of ["DIE", "OTHER"]) {
      const result = await uapi(lab, "alice", "Fails", "go", `action=${action}`);
      expect(result.errors).toEqual(["The administrative request failed because of an internal error."]);
    }
    expect((await uapi(lab, "fay", "Fails", "go", "action=FEATURE")).status).toBe(0);
    expect((await uapi(lab, "alice", "Fails", "go", "action=FEATURE")).status).toBe(1);
  });

  it("may use a script in place of a module, if owner, mode and parents are right", async () => {
    const script = `${perl}package Trial::Script; use parent 'Cpanel::AdminBin::Script::Call';
sub _actions { return qw(WHO) }
sub WHO { my ($self) = @_; return $self->get_caller_username() }
__PACKAGE__->run( alarm => 20 ) unless caller;
`;
    put("usr/local/cpanel/bin/admin/Trial/Script", script, 0o755);
    expect((await uapi(lab, "alice", "Trial", "script")).errors[0]).toContain("0700");
    const { chmodSync } = await import("node:fs");
    chmodSync(join(lab.rootDir, "usr/local/cpanel/bin/admin/Trial/Script"), 0o700);
    expect((await uapi(lab, "alice", "Trial", "script")).data).toBe("alice");
    put(
      "usr/local/cpanel/bin/admin/Trial/Script.conf",
      "mode=full\nallowed_parents=/usr/local/cpanel/cpanel\n",
      0o644,
    );
    expect((await uapi(lab, "alice", "Trial", "script")).errors[0]).toContain("allowed parent");
    const token = `alice:${lab.createToken("cpanel", "alice")}`;
    expect((await callPort(lab, "cpanel", "/execute/Trial/script", { token })).json().data).toBe("alice");
    put("var/cpanel/skipparentcheck", "", 0o644);
    expect((await uapi(lab, "alice", "Trial", "script")).data).toBe("alice");
    const { rmSync } = await import("node:fs");
    rmSync(join(lab.rootDir, "var/cpanel/skipparentcheck"));
  });

  it("may wrap a program in any language, told the uid by the server", async () => {
    put(
      "usr/local/cpanel/bin/admin/Trial/Wrapped",
      '#!/bin/sh\nread words\nprintf ".\\n{\\"uid\\":%s,\\"words\\":\\"%s\\"}" "$1" "$words"\n',
      0o700,
    );
    put("usr/local/cpanel/bin/admin/Trial/Wrapped.conf", "mode=full\n", 0o644);
    const uid = statSync(join(lab.rootDir, "home/alice")).uid;
    expect((await uapi(lab, "alice", "Trial", "wrapped")).data).toMatchObject({
      data: { uid, words: "GO x" },
      exit_code: 0,
    });
  });

  it("is the only way: a page in Perl is refused, unless the check is off", async () => {
    put(
      `${jupiter}/p/direct.cgi`,
      `${perl}use Cpanel::AdminBin::Call ();
print "Content-Type: text/plain\\n\\n";
my $answer = eval { Cpanel::AdminBin::Call::call( 'Trial', 'Bridge', 'ASK', 'x' ) };
print $answer ? $answer->{user} : "refused: $@";
`,
    );
    expect((await visit("alice", "/frontend/jupiter/p/direct.cgi")).text).toContain("refused: ");
    lab.set({ perlMayCallAdminBin: true });
    expect((await visit("alice", "/frontend/jupiter/p/direct.cgi")).text).toBe("alice");
  });
});

describeAsRoot("a WHM page", () => {
  const conf = (extra: string): string =>
    `# a comment\nname=trial\nservice=whostmgr\nurl=/cgi/trial/index.cgi\nuser=root\ndisplayname=Trial\nentryurl=trial/index.cgi\ntarget=_self\n${extra}`;
  const register = (text: string): ReturnType<typeof runCommand> => {
    put("opt/trial.conf", text, 0o644);
    return runCommand(lab, "register_appconfig", join(lab.rootDir, "opt/trial.conf"));
  };

  beforeAll(() => {
    put(
      "usr/local/cpanel/whostmgr/docroot/cgi/trial/index.cgi",
      `${perl}use Whostmgr::ACLS (); use Cpanel::Form (); use Cpanel::Template ();
Whostmgr::ACLS::init_acls();
my %form = Cpanel::Form::parseform();
print "Content-Type: text/html; charset=utf-8\\n\\n";
Cpanel::Template::process_template( 'whostmgr', { template_file => 'trial/page.tmpl', print => 1, who => $ENV{REMOTE_USER}, root => Whostmgr::ACLS::hasroot(), ssl => Whostmgr::ACLS::checkacl('ssl'), uid => $>, q => $form{q} } );
`,
    );
    put("usr/local/cpanel/whostmgr/docroot/cgi/trial/other.cgi", "#!/bin/sh\n");
    put(
      "usr/local/cpanel/whostmgr/docroot/templates/trial/page.tmpl",
      "[% WRAPPER 'master_templates/master.tmpl' header='Trial' theme='bootstrap' %]<p>[% who %] [% root %] [% ssl %] [% uid %] [% q | html %]</p>[% END %]",
      0o644,
    );
  });

  it("cannot be registered without rights, with unknown keys or without an address", async () => {
    expect((await register(conf(""))).stderr).toContain("acls");
    expect((await register(conf("acls=any\ncolour=red\n"))).stderr).toContain("colour");
    expect((await register("name=trial\nservice=whostmgr\nacls=any\n")).stderr).toContain("url");
    expect((await runCommand(lab, "is_registered_with_appconfig", "whostmgr", "trial")).stdout).toBe("0\n");
    expect((await visitWhm("root", "/cgi/trial/index.cgi")).status).toBe(403);
  });

  it("runs as root for everybody its registration lets in, within WHM's frame", async () => {
    expect((await register(conf("acls=any\n"))).code).toBe(0);
    expect(statSync(join(lab.rootDir, "var/cpanel/apps/trial.conf")).mode & 0o777).toBe(0o600);
    expect((await runCommand(lab, "is_registered_with_appconfig", "whostmgr", "trial")).stdout).toBe("1\n");
    const root = await visitWhm("root", "/cgi/trial/index.cgi?q=%3Cb%3E");
    expect(root.text).toContain("<p>root 1 1 0 &lt;b&gt;</p>");
    expect(root.text).toContain("<title>WHM - Trial</title>");
    expect((await visitWhm("rita", "/cgi/trial/index.cgi")).text).toContain("<p>rita 0 1 0 </p>");
    expect((await visitWhm("root", "/cgi/trial/other.cgi")).status).toBe(403);
    expect((await visitWhm("norbert", "/scripts/command")).text).toContain("trial/index.cgi");
  });

  it("is shown to those with its ACLs only, and gone when it is no longer registered", async () => {
    await register(conf("acls=all\n"));
    expect((await visitWhm("rita", "/cgi/trial/index.cgi")).status).toBe(403);
    expect((await visitWhm("rita", "/scripts/command")).text).not.toContain("trial/index.cgi");
    expect((await runCommand(lab, "unregister_appconfig", "trial")).code).toBe(0);
    expect((await visitWhm("root", "/cgi/trial/index.cgi")).status).toBe(403);
    expect((await runCommand(lab, "unregister_appconfig", "trial")).code).toBe(1);
  });
});

describeAsRoot("hooks", () => {
  const place = (event: string): string[] => [
    "--manual",
    "--category",
    "Whostmgr",
    "--event",
    event,
    "--stage",
    "post",
  ];
  const hooks = (...words: string[]): ReturnType<typeof runCommand> =>
    runCommand(lab, "manage_hooks", ...words);

  it("are refused when the script is not there, or others can write it", async () => {
    expect(
      (await hooks("add", "script", "/usr/local/cpanel/3rdparty/bin/none", ...place("Domain::park"))).code,
    ).toBe(1);
    put("usr/local/cpanel/3rdparty/bin/open-hook", "#!/bin/sh\n");
    const { chmodSync } = await import("node:fs");
    chmodSync(join(lab.rootDir, "usr/local/cpanel/3rdparty/bin/open-hook"), 0o777);
    expect(
      (await hooks("add", "script", "/usr/local/cpanel/3rdparty/bin/open-hook", ...place("Domain::park")))
        .stderr,
    ).toContain("root");
    expect(
      (await hooks("add", "script", "/usr/local/cpanel/3rdparty/bin/open-hook", "--category", "Whostmgr"))
        .stderr,
    ).toContain("--event");
  });

  it("get one JSON document, once however often they were added", async () => {
    const script = "/usr/local/cpanel/3rdparty/bin/tell";
    put(script, "#!/bin/sh\ncat > /var/cpanel/told.json\necho '1 thanks'\n");
    await hooks("add", "script", script, ...place("Accounts::Create"));
    await hooks("add", "script", script, ...place("Accounts::Create"));
    const listed = JSON.parse((await hooks("list", "--output", "JSON")).stdout);
    expect(listed.Whostmgr["Accounts::Create"]).toHaveLength(1);
    await lab.addAccount({ name: "hank", domain: "hank.test" });
    const told = JSON.parse(readFileSync(join(lab.rootDir, "var/cpanel/told.json"), "utf8"));
    expect(told).toMatchObject({
      context: { event: "Accounts::Create", stage: "post" },
      data: { user: "hank", domain: "hank.test" },
    });
    expect(lab.hookAnswers.at(-1)).toEqual({ hook: script, answer: "1 thanks" });
    expect((await hooks("delete", "script", script, ...place("Accounts::Create"))).code).toBe(0);
    expect((await hooks("delete", "script", script, ...place("Accounts::Create"))).code).toBe(1);
  });

  it("of an account's calls run as the account, after success only, and their noise is in front of the answer", async () => {
    const script = "/usr/local/cpanel/3rdparty/bin/as-whom";
    put(script, "#!/bin/sh\ncat > /dev/null\nid -u >&2\necho '1 ok'\n");
    const event = ["--manual", "--category", "Cpanel", "--event", "UAPI::SSL::delete_ssl", "--stage", "post"];
    await hooks("add", "script", script, ...event);
    const uid = statSync(join(lab.rootDir, "home/alice")).uid;
    const done = await runCommand(lab, "uapi", "--user=alice", "SSL", "delete_ssl", "domain=dev.example.nl");
    expect(done.stderr).toContain(`info [uapi] STDERR output from hook ${script}: ${uid}`);
    const failed = await runCommand(
      lab,
      "uapi",
      "--user=alice",
      "SSL",
      "delete_ssl",
      "domain=dev.example.nl",
    );
    expect(failed.stderr).not.toContain("STDERR output from hook");
    await hooks("delete", "script", script, ...event);
  });

  it("can block AutoSSL from replacing a certificate", async () => {
    const script = "/usr/local/cpanel/3rdparty/bin/block";
    put(script, "#!/bin/sh\ncat > /dev/null\necho '0 BAILOUT'\n");
    await hooks(
      "add",
      "script",
      script,
      "--manual",
      "--category",
      "Whostmgr",
      "--event",
      "AutoSSL::installssl",
      "--stage",
      "pre",
      "--blocking",
      "1",
    );
    expect(await lab.runAutossl("fay")).toEqual([]);
    await hooks(
      "delete",
      "script",
      script,
      "--category",
      "Whostmgr",
      "--event",
      "AutoSSL::installssl",
      "--stage",
      "pre",
    );
    expect(await lab.runAutossl("fay")).toEqual(["fay.test"]);
  });

  it("may be Perl modules that describe themselves", async () => {
    put(
      "var/cpanel/perl5/lib/Trial/Hooks.pm",
      `package Trial::Hooks;
sub describe { return [ { category => 'Whostmgr', event => 'Domain::park', stage => 'post', hook => 'Trial::Hooks::parked' } ] }
sub parked { my ( $context, $data ) = @_; return ( 1, "parked $data->{new_domain}" ) }
1;
`,
      0o644,
    );
    expect((await hooks("add", "module", "Trial::Hooks")).stdout).toContain("Domain::park");
    await lab.addDomain("fay", "parked.test", { kind: "alias" });
    expect(lab.hookAnswers.at(-1)).toEqual({ hook: "Trial::Hooks::parked", answer: "1 parked parked.test" });
  });
});
