<?php

/* As much of Zend Framework 1's views as pages of extensions use. */

interface Zend_View_Helper_Interface
{
}

abstract class Zend_View_Helper_Abstract implements Zend_View_Helper_Interface
{
    /** @var Zend_View */
    public $view;
}

class Zend_View
{
    /** @var array<string, mixed> */
    private array $variables = [];
    private Zend_Controller_Request_Http $request;
    /** Shared by partial views. */
    private Zend_Lab_Assets $links;
    private Zend_Lab_Assets $scripts;

    public function __construct(Zend_Controller_Request_Http $request)
    {
        $this->request = $request;
        $this->links = new Zend_Lab_Assets();
        $this->scripts = new Zend_Lab_Assets();
    }

    public function __get(string $name): mixed
    {
        return $this->variables[$name] ?? null;
    }

    public function __set(string $name, mixed $value): void
    {
        $this->variables[$name] = $value;
    }

    public function __isset(string $name): bool
    {
        return isset($this->variables[$name]);
    }

    public function assign($name, $value = null)
    {
        $this->variables = (is_array($name) ? $name : [$name => $value]) + $this->variables;
        return $this;
    }

    public function render($script)
    {
        if (str_contains($script, '..')) {
            throw new Zend_Exception('Invalid view script.');
        }
        $file = pm_Context::getPlibDir() . "views/scripts/$script";
        if (!is_file($file)) {
            throw new Zend_Exception("script '$script' not found");
        }
        ob_start();
        try {
            (function (string $__file): void {
                include $__file;
            })($file);
        } finally {
            $content = (string) ob_get_clean();
        }
        return $content;
    }

    public function partial($script, $model = [])
    {
        $view = clone $this;
        $view->variables = (array) $model;
        return $view->render($script);
    }

    public function escape($value)
    {
        return self::text((string) $value);
    }

    public static function text(string $value): string
    {
        return htmlspecialchars($value, ENT_QUOTES);
    }

    public function lmsg($key, $params = [])
    {
        return pm_Locale::lmsg($key, $params);
    }

    public function url(array $parts = [])
    {
        if ($parts === []) {
            return (string) strtok($this->request->getRequestUri(), '?');
        }
        $controller = $parts['controller'] ?? $this->request->getControllerName();
        $url = pm_Context::getActionUrl($controller, $parts['action'] ?? $this->request->getActionName());
        foreach (array_diff_key($parts, ['controller' => 1, 'action' => 1]) as $name => $value) {
            $url .= '/' . rawurlencode($name) . '/' . rawurlencode((string) $value);
        }
        return $url;
    }

    public function baseUrl($url = '')
    {
        return $url;
    }

    public function moduleUrl($params)
    {
        return $this->url($params);
    }

    public function headLink()
    {
        return $this->links;
    }

    public function headScript()
    {
        return $this->scripts;
    }

    /** Tabs as a page's own navigation; the one of this action is the current one. */
    public function renderTabs(array $tabs)
    {
        $items = '';
        foreach ($tabs as $tab) {
            $link = $tab['link'] ?? $this->url(array_intersect_key($tab, ['action' => 1, 'controller' => 1]));
            $current = ($tab['active'] ?? null) ?? (($tab['action'] ?? '') === $this->request->getActionName());
            $items .= '<li class="pul-tab' . ($current ? ' pul-tab--active' : '') . '"><a href="' . self::text($link) . '"'
                . ($current ? ' aria-current="page"' : '') . '>' . self::text($tab['title'] ?? '') . '</a></li>';
        }
        return "<nav class=\"pul-tabs\" aria-label=\"Tabs\"><ul>$items</ul></nav>";
    }

    public function renderList(pm_View_List_Simple $list)
    {
        return $list->labRender();
    }

    public function renderTools(array $tools)
    {
        $items = '';
        foreach ($tools as $tool) {
            $items .= '<li><a href="' . self::text($tool['link'] ?? '#') . '">'
                . (isset($tool['icon']) ? '<img src="' . self::text($tool['icon']) . '" alt="" width="32" height="32">' : '')
                . '<span>' . self::text($tool['title'] ?? '') . '</span></a></li>';
        }
        return "<ul class=\"pul-tools\">$items</ul>";
    }

    public function renderSmallTools(array $tools)
    {
        return $this->renderTools($tools);
    }

    public function activeList(array $options = [])
    {
        return (new pm_View_Helper_ActiveList())->activeList($options);
    }

    public function domainOverviewUrl(pm_Domain $domain)
    {
        return '/smb/web/overview/id/' . $domain->getId();
    }
}

/** Links to style sheets or scripts, put into the head of the page. */
final class Zend_Lab_Assets
{
    /** @var list<string> */
    private array $tags = [];

    public function appendStylesheet($href)
    {
        $this->tags[] = '<link rel="stylesheet" href="' . Zend_View::text($href) . '">';
        return $this;
    }

    public function appendFile($src)
    {
        $this->tags[] = '<script src="' . Zend_View::text($src) . '" defer></script>';
        return $this;
    }

    public function appendScript($script)
    {
        $this->tags[] = "<script>$script</script>";
        return $this;
    }

    public function __toString(): string
    {
        return implode("\n", $this->tags);
    }
}
