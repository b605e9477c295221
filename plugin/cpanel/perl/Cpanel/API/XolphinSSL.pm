package Cpanel::API::XolphinSSL;

# Runs in the panel's engine as the account and hands a page request to the part that runs as root. Nothing is decided here.
use strict;
use warnings;
use Cpanel::AdminBin::Call ();

our $VERSION = '1.0';
our %API     = (
    '_needs_feature' => 'xolphin_ssl',
    'show'           => { 'allow_demo' => 1 },
    'act'            => { 'allow_demo' => 0 },
    'may_act'        => { 'allow_demo' => 0 },
    'ping'           => { 'allow_demo' => 1 },
);

sub show    { my ( $args, $result ) = @_; return hand_over( 'SHOW', $args->get_length_required('request'), $result ); }
sub act     { my ( $args, $result ) = @_; return hand_over( 'ACT', $args->get_length_required('request'), $result ); }
sub ping    { my ( $args, $result ) = @_; return hand_over( 'PING', q{}, $result ); }
sub may_act { my ( $args, $result ) = @_; return $result->data( { 'yes' => 1 } ) || 1; }

sub hand_over {
    my ( $action, $request, $result ) = @_;
    my $login  = $ENV{'REMOTE_USER'} // q{};
    my $answer = eval { Cpanel::AdminBin::Call::call( 'XolphinSSL', 'Bridge', $action, $request, $login ) };
    return $result->data($answer) || 1 if ref $answer eq 'HASH' && $answer->{'ok'};
    $result->raw_error('The certificate service does not answer just now.');
    return 0;
}

1;
