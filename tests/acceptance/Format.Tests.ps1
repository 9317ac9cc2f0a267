BeforeDiscovery {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $results = @(
        Get-Command -Module LakebaseOps | ForEach-Object { $_.OutputType.Name } | Where-Object { $_ -like 'LakebaseOps.*' } | Sort-Object -Unique |
            ForEach-Object { @{ Result = $_ } })
}

Describe 'View of <Result>' -ForEach $results {
    BeforeAll {
        $type = $Result -as [type]
        $view = Get-FormatData -TypeName $Result | Select-Object -First 1
        $control = $view.FormatViewDefinition[0].Control
    }

    It 'is defined by the module' {
        $view | Should -Not -BeNullOrEmpty
    }

    It 'has at most 7 columns' {
        if ($control -is [System.Management.Automation.TableControl]) {
            $control.Headers.Count | Should -BeLessOrEqual 7
        }
    }

    It 'shows every column within 120 characters' {
        # A session is abstract where scripts see it; an open one stands for it.
        $object = $type.IsAbstract ? (Get-TestServer | Connect-Lakebase -Name format) :
            [System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($type)
        $lines = ($object, $object | Out-String -Width 120) -split '\r?\n'
        if ($type.IsAbstract) {
            Disconnect-Lakebase -Name format
        }

        ($lines | ForEach-Object { $_.TrimEnd().Length } | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 120
        if ($control -is [System.Management.Automation.TableControl]) {
            $rule = $lines | Where-Object { $_ -match '^[- ]+$' -and $_ -match '-' } | Select-Object -First 1
            @($rule.Trim() -split '\s+').Count | Should -Be $control.Headers.Count -Because 'a column that does not fit is dropped'
        }
    }
}
