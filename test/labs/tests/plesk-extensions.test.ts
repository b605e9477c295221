import { existsSync, lstatSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withExtensions } from "../plesk/extensions/extension-host.ts";
import type { PleskLab } from "../plesk/plesk-lab.ts";
import { fetchSite, freshPlesk, pairFor, partsOf, plesk } from "./plesk-client.ts";
import { callPlesk, extensionPackage } from "./plesk-panel-client.ts";

const found = ["/usr/bin/php", "/usr/bin/php-cgi"].every((path) => existsSync(path));
const there = found ? test : test.skip;
const unless = found ? "" : " (skipped: php-cli and php-cgi are not there)";
const asRoot = process.getuid?.() === 0;

let lab: PleskLab;
let remove: () => Promise<void>;

beforeEach(async () => {
  if (!found) return;
  ({ lab, remove } = await freshPlesk({ extensions: withExtensions }));
  await lab.addAccount({ login: "jansen", name: "Jan Jansen", locale: "nl-NL" });
  await lab.addAccount({ login: "eve" });
  await lab.addDomain("jansen", "example.nl", { aliases: { "alias.nl": "web" } });
  await lab.addDomain("eve", "eve.nl");
});

afterEach(async () => {
  if (found) await remove();
});

const psa = (...parts: string[]): string => join(lab.rootDir, "opt/psa", ...parts);

const meta = (version = "1.0.0", more = ""): string =>
  `<?xml version="1.0" encoding="utf-8"?>
<module><id>try-out</id><name>Try out</name><description>For tests</description><version>${version}</version><release>1</release>
<vendor>Nobody</vendor><plesk_min_version>18.0.55</plesk_min_version><os>unix</os>${more}</module>`;

const basic = {
  "meta.xml": meta(),
  "leftover.txt": "thrown away",
  "htdocs/index.php": "<?php\n$app = new pm_Application();\n$app->run();\n",
  "htdocs/style.css": ".try-out{}",
  "htdocs/public/hook.php":
    "<?php\nrequire_once 'sdk.php';\npm_Context::init('try-out');\necho 'public of ' . pm_Context::getModuleId();\n",
  "plib/resources/locales/en-US.php": "<?php\n$messages = ['hello' => 'Hello %%name%%'];\n",
  "plib/resources/locales/nl-NL.php": "<?php\nreturn ['hello' => 'Dag %%name%%'];\n",
  "plib/controllers/IndexController.php": `<?php
class IndexController extends pm_Controller_Action
{
    protected $_accessLevel = ['admin', 'reseller', 'client'];

    public function indexAction()
    {
        $id = (int) $this->_getParam('site_id', 0);
        $who = pm_Session::getClient();
        if ($id > 0 && !$who->hasAccessToDomain($id)) {
            throw new pm_Exception('No access');
        }
        $this->view->pageTitle = $this->lmsg('hello', ['name' => $who->getProperty('pname')]);
        $this->view->tabs = [['title' => 'One', 'action' => 'index'], ['title' => 'Two', 'action' => 'save']];
        $this->view->fragment = '<p class="xol-x">' . ($id > 0 ? pm_Domain::getByDomainId($id)->getName() : 'none') . '</p>';
    }

    public function saveAction()
    {
        pm_Settings::set('kept', (string) $this->getRequest()->getPost('kept'));
        $this->_status->addMessage('info', '<saved>');
        $this->_helper->json(['redirect' => pm_Context::getBaseUrl()]);
    }

    public function rawAction()
    {
        $this->_helper->viewRenderer->setNoRender();
        $this->_helper->layout()->disableLayout();
        echo 'raw ' . $this->_getParam('key');
    }

    public function failAction()
    {
        throw new RuntimeException('broken <b>');
    }

    public function startAction()
    {
        $task = new Modules_TryOut_Task_Sync();
        $task->setParam('count', 3);
        (new pm_LongTask_Manager())->start($task);
        $this->_redirect('index/index');
    }
}
`,
  "plib/controllers/AdminController.php": `<?php
class AdminController extends pm_Controller_Action
{
    protected $_accessLevel = 'admin';

    public function indexAction()
    {
        $this->view->pageTitle = 'Admin';
    }
}
`,
  "plib/views/scripts/index/index.phtml": "<?= $this->renderTabs($this->tabs) ?><?= $this->fragment ?>\n",
  "plib/views/scripts/admin/index.phtml": "for the admin\n",
  "plib/hooks/CustomButtons.php": `<?php
class Modules_TryOut_CustomButtons extends pm_Hook_CustomButtons
{
    public function getButtons()
    {
        return [
            [
                'place' => self::PLACE_DOMAIN_PROPERTIES_DYNAMIC,
                'section' => self::SECTION_DOMAIN_PROPS_DYNAMIC_SECURITY,
                'title' => 'Try it for this domain',
                'link' => pm_Context::getActionUrl('index'),
                'contextParams' => true,
            ],
            [
                'place' => [self::PLACE_HOSTING_PANEL_NAVIGATION, self::PLACE_ADMIN_NAVIGATION],
                'section' => self::SECTION_NAV_GENERAL,
                'title' => 'Try it',
                'link' => pm_Context::getBaseUrl(),
                'visibility' => fn () => pm_Session::getClient()->getLogin() !== 'eve',
            ],
        ];
    }
}
`,
  "plib/hooks/Permissions.php": `<?php
class Modules_TryOut_Permissions extends pm_Hook_Permissions
{
    public function getPermissions()
    {
        return ['order' => ['default' => true, 'place' => self::PLACE_MAIN, 'name' => 'Order', 'description' => '']];
    }
}
`,
  "plib/hooks/WebServer.php": `<?php
class Modules_TryOut_WebServer extends pm_Hook_WebServer
{
    public function getDomainNginxProxyConfig(pm_Domain $domain)
    {
        return 'location ^~ /.well-known/pki-validation/ { root "' . pm_Context::getVarDir() . '"; }';
    }
}
`,
  "plib/hooks/ApiCli.php": `<?php
class Modules_TryOut_ApiCli extends pm_Hook_ApiCli
{
    public function hostingKeyCommand()
    {
        $domain = pm_Domain::getByName((string) $this->getOption('domain'));
        $this->stdout($domain->getHostingCertificate()->getName() . "\\n");
        $this->exitCode($domain->hasSsl() ? 0 : 3);
    }
}
`,
  "plib/hooks/LongTasks.php": `<?php
class Modules_TryOut_LongTasks extends pm_Hook_LongTasks
{
    public function getLongTasks()
    {
        return [new Modules_TryOut_Task_Sync()];
    }
}
`,
  "plib/library/Task/Sync.php": `<?php
class Modules_TryOut_Task_Sync extends pm_LongTask_Task
{
    public $trackProgress = true;

    public function run()
    {
        $this->updateProgress(50);
        $this->setParam('seen', $this->getParam('count') * 2);
    }

    public function statusMessage()
    {
        return 'Sync is ' . $this->getStatus();
    }
}
`,
  "plib/library/EventListener.php": `<?php
class Modules_TryOut_EventListener implements EventListener
{
    public function filterActions()
    {
        return ['ssl_web_binding_update'];
    }

    public function handleEvent($objectType, $objectId, $action, $oldValues, $newValues)
    {
        pm_Settings::set('event', $action . ' ' . $newValues['CERTIFICATE_NAME']);
    }
}

return new Modules_TryOut_EventListener();
`,
  "plib/scripts/post-install.php": `<?php
pm_Loader::registerAutoload();
pm_Context::init('try-out');
pm_Settings::set('install', implode(' ', array_slice($argv, 1)) . ' as ' . posix_getuid());
$task = new pm_Scheduler_Task();
$task->setCmd('cron.php');
$task->setArguments(['one']);
$task->setSchedule(pm_Scheduler::$EVERY_HOUR);
pm_Scheduler::getInstance()->removeAllTasks();
pm_Scheduler::getInstance()->putTask($task);
`,
  "plib/scripts/cron.php": "<?php\npm_Settings::set('cron', pm_Context::getModuleId() . ' ' . $argv[1]);\n",
  "plib/scripts/read.php":
    "<?php\necho json_encode([pm_Settings::get($argv[1]), $argv[1]]);\nexit((int) ($argv[2] ?? 0));\n",
  "plib/scripts/root.php": `<?php
$result = pm_ApiCli::callSbin('show', ['a b', '--x'], pm_ApiCli::RESULT_FULL, ['TOKEN' => 't'], "in\\n");
echo json_encode($result);
`,
  "sbin/show": '#!/bin/sh\necho "$(id -u) $# $1 $TOKEN $(cat)"\necho problem >&2\nexit 7\n',
};

async function install(files: Record<string, string> = basic, command = "--install") {
  const path = join(lab.rootDir, "tmp/try-out.zip");
  writeFileSync(path, extensionPackage(files));
  return plesk(lab, "bin", "extension", command, path);
}

async function setting(name: string): Promise<unknown> {
  const { stdout } = await plesk(lab, "bin", "extension", "--exec", "try-out", "read.php", name);
  return (JSON.parse(stdout) as unknown[])[0];
}

describe("a package", () => {
  there(
    `is refused without meta.xml, for another system, for a newer Plesk, and with a broken meta.xml${unless}`,
    async () => {
      const { "meta.xml": _, ...without } = basic;
      const tries: [Record<string, string>, string][] = [
        [without, "meta.xml"],
        [{ ...basic, "meta.xml": meta().replace("unix", "windows") }, "operating system"],
        [{ ...basic, "meta.xml": meta().replace("18.0.55", "18.0.99") }, "not compatible"],
        [{ ...basic, "meta.xml": meta("1.0", "<open>") }, "meta.xml is invalid"],
        [{ ...basic, "meta.xml": meta().replace("try-out", "Try_Out") }, "is invalid"],
        [
          { ...basic, "meta.xml": meta().replace("<description>", '<description xml:lang="nl-NL">') },
          "description",
        ],
      ];
      for (const [files, said] of tries) {
        expect(await install(files)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
      }
      expect((await plesk(lab, "bin", "extension", "--list")).stdout).toBe("");
    },
  );

  there(
    `whose pre-install or post-install fails leaves nothing behind, and its text is shown${unless}`,
    async () => {
      for (const name of ["pre-install.php", "post-install.php"]) {
        const failing = {
          ...basic,
          [`plib/scripts/${name}`]: "<?php\necho 'this memory is too small';\nexit(1);\n",
        };
        expect(await install(failing)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("this memory is too small"),
        });
        expect(existsSync(psa("admin/plib/modules/try-out"))).toBe(false);
      }
    },
  );

  there(`lands in its places, unknown names thrown away, sbin linked to mod_wrapper${unless}`, async () => {
    expect(await install()).toMatchObject({ code: 0, stdout: "The extension was successfully installed.\n" });
    expect(readFileSync(psa("admin/plib/modules/try-out/meta.xml"), "utf8")).toBe(meta());
    expect(existsSync(psa("admin/htdocs/modules/try-out/index.php"))).toBe(true);
    expect(existsSync(psa("admin/plib/modules/try-out/leftover.txt"))).toBe(false);
    expect(statSync(psa("admin/sbin/modules/try-out/show")).mode & 0o777).toBe(0o755);
    expect(lstatSync(psa("admin/bin/modules/try-out/show")).isSymbolicLink()).toBe(true);
    expect(readlinkSync(psa("admin/bin/modules/try-out/show"))).toBe("../../../sbin/mod_wrapper");
    expect((await plesk(lab, "bin", "extension", "--list")).stdout).toBe("try-out - Try out\n");
    expect(await setting("install")).toBe(`install as ${asRoot ? 8443 : process.getuid?.()}`);
    expect(await install()).toMatchObject({ code: 1 });
  });

  there(`upgrades: old files go, settings stay, post-install hears the old version${unless}`, async () => {
    await install();
    const next = { ...basic, "meta.xml": meta("1.1.0"), "plib/new.txt": "new" };
    expect(await install(next, "--upgrade")).toMatchObject({ code: 0 });
    expect(await setting("install")).toMatch(/^upgrade 1\.0\.0 as /);
    const { "plib/new.txt": _, ...last } = next;
    expect(await install({ ...last, "meta.xml": meta("1.2.0") }, "-g")).toMatchObject({ code: 0 });
    expect(existsSync(psa("admin/plib/modules/try-out/new.txt"))).toBe(false);
    expect((await plesk(lab, "bin", "extension", "--info", "try-out")).stdout).toContain("version: 1.2.0");
  });

  there(`is uninstalled with everything it had, after pre-uninstall${unless}`, async () => {
    const mark = join(lab.rootDir, "tmp/uninstalled");
    writeFileSync(mark, "");
    await install({
      ...basic,
      "plib/scripts/pre-uninstall.php": "<?php\npm_ApiCli::callSbin('mark');\n",
      "sbin/mark": `#!/bin/sh\necho gone > ${mark}\n`,
    });
    expect(await plesk(lab, "bin", "extension", "--uninstall", "try-out")).toMatchObject({ code: 0 });
    expect(readFileSync(mark, "utf8")).toBe("gone\n");
    for (const folder of ["admin/plib", "admin/htdocs", "admin/sbin", "admin/bin"]) {
      expect(existsSync(psa(folder, "modules/try-out"))).toBe(false);
    }
    expect(await plesk(lab, "bin", "extension", "--uninstall", "try-out")).toMatchObject({ code: 1 });
  });
});

describe("scripts of an extension", () => {
  there(`reach sbin as root with words, environment and input as they were given${unless}`, async () => {
    await install();
    const { stdout } = await plesk(lab, "bin", "extension", "--exec", "try-out", "root.php");
    expect(JSON.parse(stdout)).toEqual({
      code: 7,
      stdout: `${asRoot ? 0 : process.getuid?.()} 2 a b t in\n`,
      stderr: "problem\n",
    });
  });

  there(`exit as they exit, and are found by name only${unless}`, async () => {
    await install();
    expect(await plesk(lab, "bin", "extension", "--exec", "try-out", "read.php", "x", "4")).toMatchObject({
      code: 4,
    });
    expect(await plesk(lab, "bin", "extension", "--exec", "try-out", "none.php")).toMatchObject({ code: 1 });
    expect(await plesk(lab, "bin", "extension", "--exec", "nobody", "read.php")).toMatchObject({ code: 1 });
  });

  there(`run from cron as the line says, and know their extension by their place${unless}`, async () => {
    await install();
    expect(readFileSync(join(lab.rootDir, "var/spool/cron/crontabs/psaadm"), "utf8")).toBe(
      "0 * * * * /opt/psa/admin/bin/php -dauto_prepend_file=sdk.php '/opt/psa/admin/plib/modules/try-out/scripts/cron.php' 'one'\n",
    );
    expect(await lab.extensions.runScheduled()).toMatchObject([{ code: 0 }]);
    expect(await setting("cron")).toBe("try-out one");
  });

  there(`plesk ext calls the hook ApiCli, which reads a site's certificate${unless}`, async () => {
    await install();
    const call = ["ext", "try-out", "--hosting-key", "-domain", "example.nl"];
    expect(await plesk(lab, ...call)).toMatchObject({ code: 0, stdout: "default certificate\n" });
    await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "own",
      "-domain",
      "example.nl",
      ...partsOf(lab, pairFor("example.nl")),
    );
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "own");
    expect(await plesk(lab, ...call)).toMatchObject({ stdout: "own\n" });
    expect(await plesk(lab, "ext", "try-out", "--nonsense")).toMatchObject({ code: 1 });
  });

  there(`hear of events through their listener, where the runtime has that interface${unless}`, async () => {
    await install();
    await plesk(
      lab,
      "bin",
      "certificate",
      "-c",
      "own",
      "-domain",
      "example.nl",
      ...partsOf(lab, pairFor("example.nl")),
    );
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "own");
    await lab.settle();
    expect(await setting("event")).toBe("ssl_web_binding_update own");
    lab.set({ eventListener: false });
    await plesk(lab, "bin", "site", "-u", "example.nl", "-certificate-name", "");
    await lab.settle();
    expect(await setting("event")).toBe("ssl_web_binding_update own");
  });
});

describe("pages of an extension", () => {
  const page = "/modules/try-out/index.php";
  const siteId = (name: string): number =>
    (
      JSON.parse(readFileSync(psa("var/psa.json"), "utf8")) as { sites: { name: string; id: number }[] }
    ).sites.find((site) => site.name === name)?.id ?? 0;

  beforeEach(async () => {
    if (found) await install();
  });

  there(`want a session, except those of public/, and files are served as they are${unless}`, async () => {
    const away = await callPlesk(lab, page);
    expect([away.status, away.headers.location]).toEqual([303, expect.stringMatching(/^\/login_up\.php\?/)]);
    expect(await callPlesk(lab, "/modules/try-out/public/hook.php")).toMatchObject({
      status: 200,
      text: "public of try-out",
    });
    expect(await callPlesk(lab, "/modules/try-out/style.css")).toMatchObject({
      status: 200,
      text: ".try-out{}",
    });
    expect(await callPlesk(lab, "/modules/nobody/")).toMatchObject({ status: 404 });
    expect(await callPlesk(lab, "/modules/try-out/../../conf/httpsd.pem")).toMatchObject({
      status: expect.any(Number),
    });
  });

  there(
    `stand in the panel's frame, in the user's language, for a domain of their own${unless}`,
    async () => {
      const session = lab.login("jansen");
      const { status, text } = await callPlesk(lab, `${page}/index/index?site_id=${siteId("example.nl")}`, {
        session,
      });
      expect(status).toBe(200);
      expect(text).toContain("<h1>Dag Jan Jansen</h1>");
      expect(text).toContain('<p class="xol-x">example.nl</p>');
      expect(text).toContain(`content="${session.forgeryToken}"`);
      expect(text).toContain('class="pul-tab pul-tab--active"');
      const other = await callPlesk(lab, `${page}/index/index?site_id=${siteId("eve.nl")}`, { session });
      expect([other.status, other.text]).toEqual([500, expect.stringContaining("No access")]);
    },
  );

  there(
    `keep roles out, and show an exception as an error page without markup of its own${unless}`,
    async () => {
      const session = lab.login("jansen");
      expect(await callPlesk(lab, `${page}/admin/index`, { session })).toMatchObject({ status: 403 });
      expect((await callPlesk(lab, `${page}/admin/index`, { session: lab.login("admin") })).text).toContain(
        "for the admin",
      );
      const failed = await callPlesk(lab, `${page}/index/fail`, { session });
      expect([failed.status, failed.text]).toEqual([500, expect.stringContaining("broken &lt;b&gt;")]);
      expect(await callPlesk(lab, `${page}/index/none`, { session })).toMatchObject({ status: 404 });
      const log = readFileSync(join(lab.rootDir, "var/log/plesk/panel.log"), "utf8");
      expect(log).toContain("[extension/try-out] broken <b>");
    },
  );

  there(`change nothing without the forgery token, in a header or in the form${unless}`, async () => {
    const session = lab.login("jansen");
    const form = { kept: "this" };
    expect(await callPlesk(lab, `${page}/index/save`, { session, form })).toMatchObject({ status: 403 });
    lab.set({ csrfStatus: 500 });
    expect(await callPlesk(lab, `${page}/index/save`, { session, form })).toMatchObject({ status: 500 });
    expect(await setting("kept")).toBeNull();
    const headers = { "x-forgery-protection-token": session.forgeryToken };
    const saved = await callPlesk(lab, `${page}/index/save`, { session, form, headers });
    expect(JSON.parse(saved.text)).toEqual({ redirect: "/modules/try-out/" });
    expect(await setting("kept")).toBe("this");
    expect((await callPlesk(lab, page, { session })).text).toContain("&lt;saved&gt;</div>");
    const token = { forgery_protection_token: session.forgeryToken, kept: "that" };
    expect(await callPlesk(lab, `${page}/index/save`, { session, form: token })).toMatchObject({
      status: 200,
    });
    expect(await setting("kept")).toBe("that");
  });

  there(`can answer without frame, with parameters in the path${unless}`, async () => {
    const { text } = await callPlesk(lab, `${page}/index/raw/key/value`, { session: lab.login("admin") });
    expect(text).toBe("raw value");
  });

  there(`have their buttons where the hook puts them, for those it shows them to${unless}`, async () => {
    const session = lab.login("jansen");
    const id = siteId("example.nl");
    const card = await callPlesk(lab, `/smb/web/overview/id/${id}`, { session });
    expect(card.text).toContain(`/modules/try-out/index.php/index/index?dom_id=${id}&#38;site_id=${id}`);
    expect(card.text).toContain("<span>Try it</span>");
    expect((await callPlesk(lab, "/smb/web/view", { session: lab.login("eve") })).text).not.toContain(
      "<span>Try it</span>",
    );
    expect(await callPlesk(lab, `/smb/web/overview/id/${id}`, { session: lab.login("eve") })).toMatchObject({
      status: 403,
    });
  });

  there(`run long tasks in the background, with Plesk's own progress bar${unless}`, async () => {
    const session = lab.login("admin");
    await callPlesk(lab, `${page}/index/start`, { session });
    await lab.extensions.longTasksDone();
    expect(lab.extensions.longTasks).toMatchObject([
      {
        id: "task_sync",
        status: "done",
        progress: 100,
        params: { count: 3, seen: 6 },
        message: "Sync is done",
      },
    ]);
    expect((await callPlesk(lab, page, { session })).text).toContain('<progress max="100" value="100">');
  });

  there(`may add lines to a site's server, which serve a path before any redirect${unless}`, async () => {
    await plesk(lab, "bin", "site", "-u", "example.nl", "-ssl-redirect", "true");
    await plesk(lab, "sbin", "httpdmng", "--reconfigure-domain", "example.nl");
    const folder = psa("var/modules/try-out/.well-known/pki-validation");
    await plesk(lab, "version");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "token.txt"), "token\n");
    expect(await fetchSite(lab, "example.nl", "/.well-known/pki-validation/token.txt")).toMatchObject({
      status: 200,
      text: "token\n",
    });
    expect(await fetchSite(lab, "example.nl", "/")).toMatchObject({ status: 301 });
  });
});

describe("hooks the panel itself asks", () => {
  const more = {
    ...basic,
    "plib/hooks/SystemServices.php": `<?php
class Modules_TryOut_SystemServices extends pm_Hook_SystemServices
{
    public function getServices()
    {
        return [new Modules_TryOut_Service()];
    }
}
`,
    "plib/library/Service.php": `<?php
class Modules_TryOut_Service extends pm_SystemService_Service
{
    public function getName()
    {
        return 'Try-out service';
    }

    public function onStop()
    {
        pm_Settings::set('running', 'no');
    }

    public function isRunning()
    {
        return pm_Settings::get('running', 'yes') === 'yes';
    }
}
`,
    "plib/hooks/Search.php": `<?php
class Modules_TryOut_Search extends pm_Hook_Search
{
    public function getIndex()
    {
        return [new Modules_TryOut_Found(['name' => 'needle'])];
    }
}
`,
    "plib/library/Found.php": `<?php
class Modules_TryOut_Found extends pm_SearchIndex
{
    public function getIndexedFields()
    {
        return $this->getData()['name'];
    }

    public function getTitle()
    {
        return 'Found it';
    }

    public function getLink()
    {
        return pm_Context::getBaseUrl();
    }
}
`,
    "plib/hooks/DynamicList.php": `<?php
class Modules_TryOut_DynamicList extends pm_Hook_DynamicList
{
    public function getTabs($itemId)
    {
        return ['try' => ['title' => 'Trying', 'content' => "<p class='xol-tab'>$itemId</p>", 'order' => 5]];
    }
}
`,
    "plib/hooks/Notifications.php": `<?php
class Modules_TryOut_Notifications extends pm_Hook_Notifications
{
    public function getNotifications()
    {
        return ['attention' => new Modules_TryOut_Mail()];
    }
}
`,
    "plib/library/Mail.php": `<?php
class Modules_TryOut_Mail extends pm_Notifications_EmailNotification
{
    public function getTitle()
    {
        return 'Attention';
    }
}
`,
    "plib/hooks/Backup/Server.php": `<?php
class Modules_TryOut_Backup_Server extends pm_Hook_Backup_Server
{
    public function backup()
    {
        return [json_encode(['kept' => pm_Settings::get('kept')])];
    }

    public function restore(...$given)
    {
        [$config] = array_slice($given, -2);
        pm_Settings::set('kept', json_decode($config, true)['kept']);
    }
}
`,
    "plib/scripts/notify.php": `<?php
(new pm_Notification())->send('attention', ['count' => 2]);
try {
    (new pm_Notification())->send('unknown');
} catch (pm_Exception $e) {
    echo $e->getMessage();
}
`,
  };

  beforeEach(async () => {
    if (found) expect(await install(more)).toMatchObject({ code: 0 });
  });

  there(`Services Management shows and stops its service, for the administrator only${unless}`, async () => {
    const session = lab.login("admin");
    const list = (): Promise<{ text: string }> => callPlesk(lab, "/admin/services/list", { session });
    expect((await list()).text).toContain("<td>Try-out service</td><td>Running</td>");
    const form = { extension: "try-out", service: "service", action: "stop" };
    const headers = { "x-forgery-protection-token": session.forgeryToken };
    expect(await callPlesk(lab, "/admin/services/control", { session, form })).toMatchObject({ status: 403 });
    expect(await callPlesk(lab, "/admin/services/control", { session, form, headers })).toMatchObject({
      status: 303,
    });
    expect((await list()).text).toContain("<td>Stopped</td>");
    expect(await callPlesk(lab, "/admin/services/list", { session: lab.login("jansen") })).toMatchObject({
      status: 403,
    });
  });

  there(`search finds what it indexes${unless}`, async () => {
    const session = lab.login("admin");
    expect((await callPlesk(lab, "/smb/search?q=NEEDLE", { session })).text).toContain(
      "<span>Found it</span>",
    );
    expect((await callPlesk(lab, "/smb/search?q=other", { session })).text).toContain("Nothing found.");
  });

  there(`the card of a domain shows its tab, with what the hook gives as it is${unless}`, async () => {
    const session = lab.login("jansen");
    const { sites } = JSON.parse(readFileSync(psa("var/psa.json"), "utf8")) as {
      sites: { name: string; id: number }[];
    };
    const id = sites.find(({ name }) => name === "example.nl")?.id;
    const closed = await callPlesk(lab, `/smb/web/overview/id/${id}`, { session });
    expect(closed.text).toContain(
      `<div class="card-tab" id="tab-try" hidden><p class='xol-tab'>d:${id}</p></div>`,
    );
    const opened = await callPlesk(lab, `/smb/web/overview/id/${id}?tab=try`, { session });
    expect(opened.text).toContain(`<div class="card-tab" id="tab-try"><p class='xol-tab'>`);
    const log = readFileSync(join(lab.rootDir, "var/log/plesk/httpsd_access_log"), "utf8");
    expect(log).toMatch(/"GET \/smb\/web\/overview\/id\/\d+\?tab=try HTTP\/1\.1" 200\n/);
  });

  there(`only registered notifications are sent${unless}`, async () => {
    const { stdout } = await plesk(lab, "bin", "extension", "--exec", "try-out", "notify.php");
    expect(stdout).toBe("Notification unknown is not registered");
    const { notifications } = JSON.parse(readFileSync(psa("var/psa.json"), "utf8")) as {
      notifications: object[];
    };
    expect(notifications).toMatchObject([
      { extension: "try-out", id: "attention", client: "admin", params: { count: 2 } },
    ]);
  });

  there(`a backup gives back what restore takes, with and without the id map${unless}`, async () => {
    await plesk(lab, "bin", "extension", "--exec", "try-out", "read.php", "kept");
    const session = lab.login("admin");
    const headers = { "x-forgery-protection-token": session.forgeryToken };
    const keep = (kept: string) =>
      callPlesk(lab, "/modules/try-out/index.php/index/save", { session, headers, form: { kept } });
    await keep("before");
    const [config] = (await lab.extensions.hook("try-out", "Backup_Server", "backup", {})) as string[];
    for (const idMap of [false, true]) {
      await keep("after");
      await lab.extensions.hook("try-out", "Backup_Server", "restore", {
        ...{ pleskVersion: "18.0.78", extVersion: "1.0.0", config, folder: psa("tmp"), idMap },
      });
      expect([idMap, await setting("kept")]).toEqual([idMap, "before"]);
    }
  });

  there(`a plan takes a permission away that the extension grants by default${unless}`, async () => {
    lab.addPlan("Small", { "ext-try-out-order": false });
    await lab.addDomain("eve", "small.nl", { plan: "Small" });
    const script = (domain: string): Promise<{ stdout: string }> =>
      plesk(lab, "bin", "extension", "--exec", "try-out", "allowed.php", domain);
    await install(
      {
        ...more,
        "meta.xml": meta("1.0.1"),
        "plib/scripts/allowed.php":
          "<?php\n$domain = pm_Domain::getByName($argv[1]);\necho var_export($domain->getClient()->hasPermission('order', $domain), true);\n",
      },
      "-g",
    );
    expect((await script("small.nl")).stdout).toBe("false");
    expect((await script("eve.nl")).stdout).toBe("true");
  });
});

test("the panel's login wants the right password, and a one-time link works once", async () => {
  const { lab: bare, remove: removeBare } = await freshPlesk();
  try {
    const form = { login_name: "admin", passwd: "wrong", locale_id: "default" };
    const refused = await callPlesk(bare, "/login_up.php", { form });
    expect([refused.status, refused.headers["set-cookie"]]).toEqual([200, undefined]);
    const let_in = await callPlesk(bare, "/login_up.php", { form: { ...form, passwd: "admin-Passw0rd" } });
    expect([let_in.status, let_in.headers["set-cookie"]?.[0]]).toEqual([
      303,
      expect.stringMatching(/^PLESKSESSID=\w{32};/),
    ]);
    const link = new URL((await plesk(bare, "bin", "admin", "--get-login-link")).stdout.trim());
    expect(await callPlesk(bare, link.pathname + link.search)).toMatchObject({ status: 303 });
    expect(await callPlesk(bare, link.pathname + link.search)).toMatchObject({ status: 403 });
  } finally {
    await removeBare();
  }
});
