<?php

/* As much of Zend Framework 1's controllers as pages of extensions use. */

class Zend_Exception extends Exception
{
}

class Zend_Controller_Action_Exception extends Zend_Exception
{
}

/** Ends an action that has answered by itself. */
final class Zend_Lab_Stop extends Exception
{
}

abstract class Zend_Controller_Request_Abstract
{
    protected string $controller = 'index';
    protected string $action = 'index';
    /** @var array<string, mixed> */
    protected array $params = [];
    private bool $dispatched = false;

    public function getControllerName()
    {
        return $this->controller;
    }

    public function getActionName()
    {
        return $this->action;
    }

    public function getModuleName()
    {
        return 'default';
    }

    public function setControllerName($name)
    {
        $this->controller = $name;
        return $this;
    }

    public function setActionName($name)
    {
        $this->action = $name;
        return $this;
    }

    public function isDispatched()
    {
        return $this->dispatched;
    }

    public function setDispatched($flag = true)
    {
        $this->dispatched = $flag;
        return $this;
    }

    public function getParam($name, $default = null)
    {
        return $this->params[$name] ?? $default;
    }

    public function setParam($name, $value)
    {
        $this->params[$name] = $value;
        return $this;
    }

    public function setParams(array $params)
    {
        $this->params = $params + $this->params;
        return $this;
    }

    public function getParams()
    {
        return $this->params;
    }
}

/** `/modules/ID/index.php/CONTROLLER/ACTION/key/value`, then query and form. */
class Zend_Controller_Request_Http extends Zend_Controller_Request_Abstract
{
    public function __construct()
    {
        $path = array_values(array_filter(explode('/', (string) ($_SERVER['PATH_INFO'] ?? '')), strlen(...)));
        $this->controller = $path[0] ?? 'index';
        $this->action = $path[1] ?? 'index';
        $pairs = array_slice($path, 2);
        for ($at = 0; $at < count($pairs); $at += 2) {
            $this->params[urldecode($pairs[$at])] = isset($pairs[$at + 1]) ? urldecode($pairs[$at + 1]) : '';
        }
        $this->params += $_GET + $_POST;
    }

    public function getMethod()
    {
        return $_SERVER['REQUEST_METHOD'] ?? 'GET';
    }

    public function isPost()
    {
        return $this->getMethod() === 'POST';
    }

    public function isGet()
    {
        return $this->getMethod() === 'GET';
    }

    public function isXmlHttpRequest()
    {
        return $this->getHeader('X-Requested-With') === 'XMLHttpRequest';
    }

    public function getHeader($name)
    {
        $key = 'HTTP_' . strtoupper(strtr($name, '-', '_'));
        return $_SERVER[$key] ?? $_SERVER[substr($key, 5)] ?? false;
    }

    public function getPost($key = null, $default = null)
    {
        return $key === null ? $_POST : ($_POST[$key] ?? $default);
    }

    public function getQuery($key = null, $default = null)
    {
        return $key === null ? $_GET : ($_GET[$key] ?? $default);
    }

    public function getServer($key = null, $default = null)
    {
        return $key === null ? $_SERVER : ($_SERVER[$key] ?? $default);
    }

    public function getCookie($key = null, $default = null)
    {
        return $key === null ? $_COOKIE : ($_COOKIE[$key] ?? $default);
    }

    public function getRawBody()
    {
        $body = file_get_contents('php://input');
        return $body === '' ? false : $body;
    }

    public function getRequestUri()
    {
        return $_SERVER['REQUEST_URI'] ?? '';
    }
}

abstract class Zend_Controller_Response_Abstract
{
}

class Zend_Controller_Response_Http extends Zend_Controller_Response_Abstract
{
    private int $code = 200;
    /** @var list<string> */
    private array $headers = [];
    private string $body = '';

    public function setHttpResponseCode($code)
    {
        $this->code = (int) $code;
        return $this;
    }

    public function getHttpResponseCode()
    {
        return $this->code;
    }

    public function setHeader($name, $value, $replace = false)
    {
        $this->headers[] = "$name: $value";
        return $this;
    }

    public function setBody($content)
    {
        $this->body = (string) $content;
        return $this;
    }

    public function appendBody($content)
    {
        $this->body .= $content;
        return $this;
    }

    public function setRedirect($url, $code = 302)
    {
        $this->setHeader('Location', $url);
        return $this->setHttpResponseCode($code);
    }

    public function sendResponse()
    {
        http_response_code($this->code);
        foreach ($this->headers as $header) {
            header($header);
        }
        echo $this->body;
    }
}

interface Zend_Controller_Action_Interface
{
}

abstract class Zend_Controller_Action implements Zend_Controller_Action_Interface
{
    /** @var Zend_View */
    public $view;
    /** @var Zend_Controller_Action_HelperBroker */
    protected $_helper;
    /** @var Zend_Controller_Request_Http */
    protected $_request;
    /** @var Zend_Controller_Response_Http */
    protected $_response;

    public function __construct(Zend_Controller_Request_Http $request, Zend_Controller_Response_Http $response)
    {
        $this->_request = $request;
        $this->_response = $response;
        $this->view = new Zend_View($request);
        $this->_helper = new Zend_Controller_Action_HelperBroker($this);
        $this->init();
    }

    public function init()
    {
    }

    public function preDispatch()
    {
    }

    public function postDispatch()
    {
    }

    public function getRequest()
    {
        return $this->_request;
    }

    public function getResponse()
    {
        return $this->_response;
    }

    public function getParam($name, $default = null)
    {
        return $this->_request->getParam($name, $default);
    }

    public function getAllParams()
    {
        return $this->_request->getParams();
    }

    protected function _getParam($name, $default = null)
    {
        return $this->getParam($name, $default);
    }

    protected function _getAllParams()
    {
        return $this->getAllParams();
    }

    protected function _forward($action, $controller = null, $module = null, ?array $params = null)
    {
        $this->forward($action, $controller, $module, $params);
    }

    public function forward($action, $controller = null, $module = null, ?array $params = null)
    {
        $this->_request->setActionName($action)->setDispatched(false);
        if ($controller !== null) {
            $this->_request->setControllerName($controller);
        }
        $this->_request->setParams($params ?? []);
    }

    protected function _redirect($url, array $options = [])
    {
        $this->redirect($url, $options);
    }

    /** A relative address is one below the extension's front controller. */
    public function redirect($url, array $options = [])
    {
        $target = preg_match('~^(?:https?:)?/~', $url) ? $url : pm_Context::getBaseUrl() . 'index.php/' . $url;
        $this->_response->setRedirect($target, $options['code'] ?? 302);
        throw new Zend_Lab_Stop();
    }

    /** Runs one action and shows its view, unless it forwards or switches the view off; of the lab. */
    final public function labDispatch(string $method): void
    {
        ob_start();
        try {
            $this->preDispatch();
            if ($this->_request->isDispatched()) {
                $this->$method();
                $this->postDispatch();
            }
        } finally {
            $echoed = (string) ob_get_clean();
        }
        if (!$this->_request->isDispatched()) {
            return;
        }
        $script = $this->_request->getControllerName() . '/' . $this->_request->getActionName() . '.phtml';
        $content = $echoed . ($this->_helper->viewRenderer->isOff() ? '' : $this->view->render($script));
        if ($this->_helper->layout->isOff()) {
            $this->_response->appendBody($content);
            return;
        }
        $this->_response->setBody(Zend_Lab_Frame::page([
            'title' => (string) ($this->view->pageTitle ?? ''),
            'content' => $content,
            'head' => $this->view->headLink() . $this->view->headScript(),
            'messages' => pm_View_Status::getAllMessages(),
        ]));
    }
}

final class Zend_Lab_Switch
{
    private bool $off = false;

    public function setNoRender($flag = true)
    {
        $this->off = $flag;
        return $this;
    }

    public function disableLayout()
    {
        $this->off = true;
        return $this;
    }

    public function enableLayout()
    {
        $this->off = false;
        return $this;
    }

    public function isOff(): bool
    {
        return $this->off;
    }
}

class Zend_Controller_Action_HelperBroker
{
    public Zend_Lab_Switch $viewRenderer;
    public Zend_Lab_Switch $layout;
    public Zend_Lab_Redirector $redirector;
    private Zend_Controller_Action $controller;

    public function __construct(Zend_Controller_Action $controller)
    {
        $this->controller = $controller;
        $this->viewRenderer = new Zend_Lab_Switch();
        $this->layout = new Zend_Lab_Switch();
        $this->redirector = new Zend_Lab_Redirector($controller);
    }

    public function layout()
    {
        return $this->layout;
    }

    public function json($data, $sendNow = true)
    {
        $this->controller->getResponse()
            ->setHeader('Content-Type', 'application/json')
            ->setBody(json_encode($data, JSON_THROW_ON_ERROR));
        throw new Zend_Lab_Stop();
    }

    public function url($action, $controller = null, $module = null, array $params = [])
    {
        $tail = '';
        foreach ($params as $name => $value) {
            $tail .= '/' . rawurlencode($name) . '/' . rawurlencode((string) $value);
        }
        $controller ??= $this->controller->getRequest()->getControllerName();
        return pm_Context::getActionUrl($controller, $action) . $tail;
    }
}

final class Zend_Lab_Redirector
{
    private Zend_Controller_Action $controller;

    public function __construct(Zend_Controller_Action $controller)
    {
        $this->controller = $controller;
    }

    public function gotoUrl($url)
    {
        $this->controller->redirect($url);
    }
}

/** What the panel puts its frame around: handed over to it as JSON, under a header of the lab. */
final class Zend_Lab_Frame
{
    /** @param array<string, mixed> $parts */
    public static function page(array $parts): string
    {
        header('X-Lab-Frame: 1');
        return json_encode($parts, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
    }
}
