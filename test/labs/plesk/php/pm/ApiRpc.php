<?php

class pm_ApiRpc
{
    private ?string $version = null;

    public static function getService($protocolVersion = null)
    {
        $service = new self();
        $service->version = $protocolVersion;
        return $service;
    }

    /** `$request`: what stands inside the packet, as text or as an element. */
    public function call($request, $login = null)
    {
        $inner = $request instanceof SimpleXMLElement ? $request->asXML() : (string) $request;
        $inner = (string) preg_replace('/^\s*<\?xml[^>]*\?>/', '', (string) $inner);
        $answer = Lab_Panel::call('rpc', ['packet' => $inner, 'login' => $login, 'version' => $this->version]);
        return simplexml_load_string($answer);
    }
}
