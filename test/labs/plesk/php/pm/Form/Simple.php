<?php

class pm_Form_Simple extends Zend_Form implements Zend_Validate_Interface
{
    public const DECORATOR = 'DECORATOR';
    public const ELEMENT = 'ELEMENT';
    public const METHOD_DELETE = 'delete';
    public const METHOD_GET = 'get';
    public const METHOD_POST = 'post';
    public const METHOD_PUT = 'put';
    public const ENCTYPE_URLENCODED = 'application/x-www-form-urlencoded';
    public const ENCTYPE_MULTIPART = 'multipart/form-data';

    public function __construct($options = [])
    {
        parent::__construct($options);
        $this->init();
    }

    public function init()
    {
    }

    public function process()
    {
    }

    public function isValid($data)
    {
        return parent::isValid($data);
    }

    public function getValue($name)
    {
        return parent::getValue($name);
    }

    public function getValues($suppressArrayNotation = false)
    {
        return parent::getValues($suppressArrayNotation);
    }

    public function addElement($element, $name = null, $options = null)
    {
        return parent::addElement($element, $name, $options);
    }

    public function getElement($name)
    {
        return parent::getElement($name);
    }

    public function addControlButtons(?array $params = null)
    {
        $this->controlButtons = $params ?? [];
        return $this;
    }

    public function getId()
    {
        return 'form-' . Lab_Panel::module();
    }

    public function lmsg($key, $params = [])
    {
        return pm_Locale::lmsg($key, $params);
    }

    public function addSubForm(Zend_Form $form, $name, $order = null)
    {
        return parent::addSubForm($form, $name, $order);
    }

    public function getSubForm($name)
    {
        return parent::getSubForm($name);
    }

    public function getSubForms()
    {
        return parent::getSubForms();
    }
}
