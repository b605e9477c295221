<?php

abstract class pm_Controller_Action extends Zend_Controller_Action implements Zend_Controller_Action_Interface
{
    protected $_status;
    protected $_accessLevel = [];

    public function init()
    {
        $this->_status = new pm_View_Status();
    }

    /** Which roles may come in; objects are the action's own business (spec plesk §2.1). */
    public function preDispatch()
    {
        $levels = (array) $this->_accessLevel;
        $role = Lab_Panel::session()['role'] ?? null;
        if ($role === null || ($levels !== [] && !in_array($role, $levels, true))) {
            throw new pm_Exception('Permission denied.', 403);
        }
    }

    public static function lmsg($key, $params = [])
    {
        return pm_Locale::lmsg($key, $params);
    }
}
