BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $manifest = Get-TestedManifest
    $session = New-TestSession -Name runspaces
}

AfterAll {
    Remove-TestSession -Session $session
}

Describe 'Runspaces' {
    It 'do not see the sessions of another' {
        $seen = 1..2 | ForEach-Object -ThrottleLimit 2 -Parallel {
            Import-Module -Name $using:manifest
            $count = @(Get-LakebaseSession).Count
            try {
                Get-LakebaseTable -ErrorAction Stop
                "$count used"
            }
            catch {
                "$count $($_.FullyQualifiedErrorId.Split(',')[0])"
            }
        }
        $seen | Should -Be @('0 LakebaseOps.SessionMissing', '0 LakebaseOps.SessionMissing')
    }

    It 'use a session that is handed to them' {
        $answers = 1..8 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module -Name $using:manifest
            (Invoke-LakebaseQuery -Session $using:session -Query 'SELECT current_database() AS name').name
        }
        $answers | Sort-Object -Unique | Should -Be $session.Database
        $answers.Count | Should -Be 8
    }

    It 'open sessions of the same name each for itself' {
        $sandbox = Get-TestServer
        $answers = 1..2 | ForEach-Object -ThrottleLimit 2 -Parallel {
            Import-Module -Name $using:manifest
            $own = Connect-Lakebase -Sandbox $using:sandbox -Name same
            $own.Name
            Disconnect-Lakebase -Session $own
        }
        $answers | Should -Be @('same', 'same')
    }

    It 'close their sessions when they end' {
        $runspace = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        $script = {
            param($Manifest, $Sandbox, $Database)
            Import-Module -Name $Manifest
            $own = Connect-Lakebase -Sandbox $Sandbox -Database $Database -Name ending
            Invoke-LakebaseQuery -Session $own -Query 'SELECT 1 AS one'
        }
        $null = $shell.AddScript($script).AddArgument($manifest).AddArgument((Get-TestServer)).AddArgument($session.Database).Invoke()
        $shell.HadErrors | Should -BeFalse
        $before = Get-ServerSessionCount -Session $session
        $before | Should -BeGreaterThan 0
        $shell.Dispose()
        $runspace.Dispose()

        $deadline = [datetime]::UtcNow.AddSeconds(10)
        do {
            $after = Get-ServerSessionCount -Session $session
        } while ($after -ge $before -and [datetime]::UtcNow -lt $deadline)
        $after | Should -BeLessThan $before
    }
}
