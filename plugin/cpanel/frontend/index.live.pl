#!/usr/local/cpanel/3rdparty/bin/perl
# A page of the account. Hands the request over to the agent through our function in the panel's engine, which alone may ask
# root for something, and prints what comes back: a fragment inside the panel's frame, or a whole answer as it is.
use strict;
use warnings;
use lib '/usr/local/cpanel';
use Cpanel::LiveAPI ();
use List::Util qw(min);
use MIME::Base64 qw(decode_base64 encode_base64);

my $panel = Cpanel::LiveAPI->new();

sub ask {
    my ( $module, $function, $arguments ) = @_;
    my $answer = eval { $panel->uapi( $module, $function, $arguments || {} ) } || {};
    $answer = $answer->{$_} || $answer for qw(cpanelresult result);
    return ref $answer->{'data'} eq 'HASH' ? $answer->{'data'} : {};
}

my $body = q{};
binmode STDIN;
read STDIN, $body, min( $ENV{'CONTENT_LENGTH'} || 0, 13_000_000 );
my $locale = ask( 'Locale', 'get_attributes' );
my @given  = map { $_ . q{=} . ( $ENV{$_} // q{} ) }
  qw(QUERY_STRING CONTENT_TYPE REMOTE_USER cp_security_token CPRESELLER HTTP_ACCEPT_LANGUAGE);
my $may_act = ask( 'XolphinSSL', 'may_act' )->{'yes'} // 0;
push @given, "MAY_ACT=$may_act", map { uc($_) . q{=} . ( $locale->{$_} // q{} ) } qw(locale direction);
my $function = $may_act && ( $ENV{'REQUEST_METHOD'} // q{} ) eq 'POST' ? 'act' : 'show';
my $answer = ask( 'XolphinSSL', $function, { 'request' => encode_base64( join( "\0", @given, q{}, $body ), q{} ) } );
my $shown  = decode_base64( $answer->{'body'} // q{} );

binmode STDOUT;
if ( ( $answer->{'type'} // q{} ) =~ /octet-stream/xms ) {
    print $shown =~ s/\AHTTP\/1[.]1[ ]/Status: /rxms;
}
else {
    my ( $header, $footer ) = ( $panel->header( 'SSL Certificates', 'xolphin_ssl' ), $panel->footer() );
    print "Content-Type: text/html; charset=utf-8\r\n\r\n", $header, $shown || '<p>The certificate service does not answer just now. Certificates that are installed keep working. Please try again in a minute.</p>', $footer;
}
$panel->end();
