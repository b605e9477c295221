<?php

/** Dispatches a request of an extension's page: controller, action, view, frame (spec plesk §2.1). */
class pm_Application
{
    public function __construct()
    {
    }

    public function init()
    {
    }

    public function run()
    {
        require_once __DIR__ . '/../zend/all.php';
        $this->init();
        // Not the panel's own session id: what extensions keep lies in a session beside it.
        session_id(hash('sha256', (string) (Lab_Panel::session()['id'] ?? 'none')));
        session_start();
        $request = new Zend_Controller_Request_Http();
        $response = new Zend_Controller_Response_Http();
        try {
            $this->dispatch($request, $response);
        } catch (Zend_Lab_Stop) {
            // The action has answered by itself.
        } catch (Throwable $problem) {
            $this->fail($problem, $response);
        }
        $response->sendResponse();
    }

    private function dispatch(Zend_Controller_Request_Http $request, Zend_Controller_Response_Http $response): void
    {
        for ($hops = 0; $hops < 10 && !$request->isDispatched(); $hops += 1) {
            $request->setDispatched(true);
            $controller = $this->controller($request, $response);
            $method = self::camel($request->getActionName()) . 'Action';
            if (!method_exists($controller, $method)) {
                throw new Zend_Controller_Action_Exception('Page not found', 404);
            }
            $controller->labDispatch($method);
        }
    }

    private function controller(
        Zend_Controller_Request_Http $request,
        Zend_Controller_Response_Http $response,
    ): Zend_Controller_Action {
        $class = ucfirst(self::camel($request->getControllerName())) . 'Controller';
        $file = pm_Context::getPlibDir() . "controllers/$class.php";
        if (!preg_match('/^[A-Za-z0-9]+$/', $class) || !is_file($file)) {
            throw new Zend_Controller_Action_Exception('Page not found', 404);
        }
        require_once $file;
        return new $class($request, $response);
    }

    /** An uncaught exception is an error page with status 500 (spec plesk §2.1). */
    private function fail(Throwable $problem, Zend_Controller_Response_Http $response): void
    {
        pm_Log::err($problem->getMessage() . ' at ' . $problem->getFile() . ':' . $problem->getLine());
        $code = in_array($problem->getCode(), [403, 404], true) ? $problem->getCode() : 500;
        $response->setHttpResponseCode($code);
        $text = htmlspecialchars($problem->getMessage(), ENT_QUOTES);
        $response->setBody(Zend_Lab_Frame::page([
            'title' => 'Error',
            'content' => "<div class=\"lab-error\"><p>$text</p></div>",
            'messages' => [],
        ]));
    }

    private static function camel(string $name): string
    {
        return lcfirst(str_replace(' ', '', ucwords(strtr($name, '-.', '  '))));
    }
}
